import type { Modality } from '../conversation/modality.ts'

/**
 * What an edge says about its two ends: its source was said `earlier` or `later` than its target by the same modality,
 * is the `same` node (self edge), or is the same utterance in another modality (`across`).
 */
export const RELATION_KINDS = ['earlier', 'later', 'same', 'across'] as const
export type RelationKind = (typeof RELATION_KINDS)[number]

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

/**
 * The M·(M+2) relation types of a set of M modalities (15 for three, 8 for two, 3 for one), Nguyen et al. 2023 (CORECT)
 * section 3.2.1, in the order of the published code's weights: earlier × M, later × M, same × M, then the ordered pairs
 * of different modalities, row by row. The order of `modalities` is the order of the slots.
 */
export function relationTypes(modalities: readonly Modality[]): readonly Relation[] {
  const unimodal = (['earlier', 'later', 'same'] as const).flatMap((kind) =>
    modalities.map((modality) => ({ kind, source: modality, target: modality, name: `${modality} ${kind}` })),
  )
  const across = modalities.flatMap((source) =>
    modalities
      .filter((target) => target !== source)
      .map((target) => ({ kind: 'across' as const, source, target, name: `${source} to ${target}` })),
  )
  return [...unimodal, ...across].map((relation, index) => ({ index, ...relation }))
}

/** R, the number of relation types of `count` modalities. */
export const relationCount = (count: number): number => count * (count + 2)

/**
 * Row of a relation in the RGCN weights, by slots (positions in the list of modalities) instead of names; the closed form
 * of {@link relationTypes}.
 */
export function relationIndex(kind: RelationKind, source: number, target: number, count: number): number {
  if (kind === 'earlier') return target
  if (kind === 'later') return count + target
  if (kind === 'same') return 2 * count + target
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
