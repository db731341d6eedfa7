import type { Modality } from '../conversation/modality.ts'

/**
 * What an edge says about its two ends: its source was said `earlier` or `later` than its target by the same modality,
 * is the `same` node (self edge), or is the same utterance in another modality (`across`). With speaker relations
 * `earlier` and `later` are said by the target's own speaker, `earlierOther` and `laterOther` by somebody else.
 */
export const RELATION_KINDS = ['earlier', 'later', 'same', 'across', 'earlierOther', 'laterOther'] as const
export type RelationKind = (typeof RELATION_KINDS)[number]

/**
 * Which kinds of relation a graph has, beyond those of the CORECT paper. `speakerRelations` splits the temporal ones by
 * whether source and target are of one speaker, as DialogueGCN does (Ghosal et al. 2019, section 3.3.1).
 */
export interface RelationOptions {
  readonly speakerRelations?: boolean
}

/** The kind of an edge between two utterances of one modality: the only place that knows the split by speaker. */
export function temporalKind(
  direction: 'earlier' | 'later',
  sameSpeaker: boolean,
  { speakerRelations = false }: RelationOptions,
): RelationKind {
  if (sameSpeaker || !speakerRelations) return direction
  return direction === 'earlier' ? 'earlierOther' : 'laterOther'
}

/** The temporal kinds that a graph has, in the order in which messages are stacked. */
export function temporalKinds({ live, speakerRelations = false }: RelationOptions & { live: boolean }): RelationKind[] {
  const directions = live ? (['earlier'] as const) : (['earlier', 'later'] as const)
  return directions.flatMap((direction) =>
    speakerRelations ? [direction, temporalKind(direction, false, { speakerRelations })] : [direction],
  )
}

/** A relation type: what RGCN has one weight matrix for. An edge carries the message *from* source *to* target. */
export interface Relation {
  /** Its row in the RGCN weights [R, in, out]. */
  readonly index: number
  readonly kind: RelationKind
  readonly source: Modality
  readonly target: Modality
  /** For people and exports: `text earlier`, `text to audio`. */
  readonly name: string
}

const KIND_NAMES: Readonly<Record<RelationKind, string>> = {
  earlier: 'earlier',
  later: 'later',
  same: 'same',
  across: 'across',
  earlierOther: 'earlier by another',
  laterOther: 'later by another',
}

/**
 * The M·(M+2) relation types of a set of M modalities (15 for three, 8 for two, 3 for one), Nguyen et al. 2023 (CORECT)
 * section 3.2.1, in the order of the published code's weights: earlier × M, later × M, same × M, then the ordered pairs
 * of different modalities, row by row; behind them, with speaker relations, earlierOther × M and laterOther × M.
 * The order of `modalities` is the order of the slots.
 */
export function relationTypes(modalities: readonly Modality[], options: RelationOptions = {}): readonly Relation[] {
  const within = (kinds: readonly RelationKind[]) =>
    kinds.flatMap((kind) =>
      modalities.map((modality) => ({
        kind,
        source: modality,
        target: modality,
        name: `${modality} ${KIND_NAMES[kind]}`,
      })),
    )
  const across = modalities.flatMap((source) =>
    modalities
      .filter((target) => target !== source)
      .map((target) => ({ kind: 'across' as const, source, target, name: `${source} to ${target}` })),
  )
  const unimodal = within(['earlier', 'later', 'same'])
  const byOthers = options.speakerRelations ? within(['earlierOther', 'laterOther']) : []
  return [...unimodal, ...across, ...byOthers].map((relation, index) => ({ index, ...relation }))
}

/** R, the number of relation types of `count` modalities. */
export const relationCount = (count: number, { speakerRelations = false }: RelationOptions = {}): number =>
  count * (count + (speakerRelations ? 4 : 2))

/**
 * Row of a relation in the RGCN weights, by slots (positions in the list of modalities) instead of names; the closed form
 * of {@link relationTypes}.
 */
export function relationIndex(kind: RelationKind, source: number, target: number, count: number): number {
  if (kind === 'earlier') return target
  if (kind === 'later') return count + target
  if (kind === 'same') return 2 * count + target
  if (kind === 'earlierOther') return count * (count + 2) + target
  if (kind === 'laterOther') return count * (count + 3) + target
  return 3 * count + source * (count - 1) + (target < source ? target : target - 1)
}

/**
 * The key by which the published code's fixtures name a relation: sign(source − target), slot of the source's modality,
 * slot of the target's, so `-100` is an earlier utterance in slot 0 and `012` the same utterance from slot 1 to slot 2.
 */
export function publishedRelationKey(relation: Relation, modalities: readonly Modality[]): string {
  const sign = relation.kind === 'earlier' ? '-1' : relation.kind === 'later' ? '1' : '0'
  return `${sign}${modalities.indexOf(relation.source)}${modalities.indexOf(relation.target)}`
}
