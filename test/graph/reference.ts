import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { MODALITIES, type Modality, type PerModality } from '../../src/conversation/modality.ts'
import { MODES, type Mode } from '../../src/conversation/mode.ts'
import { type RelationKind, relationIndex } from '../../src/graph/relations.ts'

/** A small case: a batch of conversations, each with its length and which utterance has which modality. */
export interface Case {
  readonly modalities: readonly Modality[]
  readonly mode: Mode
  readonly past: number
  readonly future: number
  /** For each conversation and utterance the modalities that are there: [B][N_b] of flags in slot order. */
  readonly presence: readonly (readonly (readonly boolean[])[])[]
  readonly speakerRelations: boolean
  readonly seed: number
}

export const cases = fc
  .record({
    modalities: fc.subarray([...MODALITIES], { minLength: 1 }),
    mode: fc.constantFrom(...MODES),
    past: fc.nat(4),
    future: fc.nat(4),
    speakerRelations: fc.boolean(),
    seed: fc.nat(10_000),
  })
  .chain((options) =>
    fc
      .array(
        fc.array(
          fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()), {
            minLength: options.modalities.length,
            maxLength: options.modalities.length,
          }),
          { minLength: 1, maxLength: 7 },
        ),
        { minLength: 1, maxLength: 3 },
      )
      // Without any node there is nothing whose gradient could be taken.
      .filter((presence) => presence.flat(2).some(Boolean))
      .map((presence): Case => ({ ...options, presence })),
  )

export const longest = (given: Case): number => Math.max(...given.presence.map((conversation) => conversation.length))

export const presentOf = (given: Case, b: number): PerModality<number[]> =>
  Object.fromEntries(
    given.modalities.map((modality, m) => [modality, given.presence[b]!.map((flags) => (flags[m] ? 1 : 0))]),
  )

/** Who speaks in conversation b of a case, from its seed: one of three. */
export const speakersOf = (given: Case, b: number): number[] =>
  given.presence[b]!.map((_, i) => ((given.seed * (i + 3)) % 5) % 3)

/** One edge of the second implementation: rows of modality-major node states [M*B, N, d] and the relation. */
export interface PlainEdge {
  readonly source: readonly [row: number, utterance: number]
  readonly target: readonly [row: number, utterance: number]
  readonly relation: number
}

/** The edges written as the definition says, pair by pair: the second implementation of the graph. */
export function plainEdges(given: Case): PlainEdge[] {
  const M = given.modalities.length
  const B = given.presence.length
  const edges: PlainEdge[] = []
  given.presence.forEach((conversation, b) => {
    const N = conversation.length
    const speakers = speakersOf(given, b)
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        for (let m = 0; m < M; m++) {
          for (let n = 0; n < M; n++) {
            if (!conversation[i]![m] || !conversation[j]![n]) continue
            const distance = i - j
            const other = given.speakerRelations && speakers[i] !== speakers[j]
            let kind: RelationKind | undefined
            if (m !== n) kind = distance === 0 ? 'across' : undefined
            else if (distance === 0) kind = 'same'
            else if (distance > 0 && distance <= given.past) kind = other ? 'earlierOther' : 'earlier'
            else if (distance < 0 && -distance <= given.future && given.mode === 'offline') {
              kind = other ? 'laterOther' : 'later'
            }
            if (kind === undefined) continue
            edges.push({ source: [n * B + b, j], target: [m * B + b, i], relation: relationIndex(kind, n, m, M) })
          }
        }
      }
    }
  })
  return edges
}

/** Row (r, i) of [R, N, d] as [1, d]. */
export const nodeRow = (x: tf.Tensor3D, [row, utterance]: readonly [number, number]): tf.Tensor2D =>
  tf.reshape(tf.slice(x, [row, utterance, 0], [1, 1, x.shape[2]]), [1, x.shape[2]])

/** Applies `update` to every present node and gives [M*B, N, out], zero elsewhere. */
export function overNodes(
  given: Case,
  out: number,
  update: (node: readonly [number, number]) => tf.Tensor2D,
): tf.Tensor3D {
  const N = longest(given)
  const B = given.presence.length
  const rows = given.modalities.flatMap((_, m) =>
    given.presence.flatMap((conversation, b) =>
      Array.from({ length: N }, (_, i) =>
        conversation[i]?.[m] ? update([m * B + b, i]) : (tf.zeros([1, out]) as tf.Tensor2D),
      ),
    ),
  )
  return tf.reshape(tf.concat(rows), [given.modalities.length * B, N, out])
}

/** Largest absolute difference. */
export const difference = (a: tf.Tensor, b: tf.Tensor): number =>
  a.size === 0 ? 0 : (tf.max(tf.abs(tf.sub(a, b))).arraySync() as number)
