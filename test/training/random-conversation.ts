import type { Modality, PerModality } from '../../src/conversation/modality.ts'
import type { PreparedConversation } from '../../src/model/prepare.ts'
import { createRng } from '../../src/training/rng.ts'

/** A conversation of random features with every modality there, six classes, two speakers; the same for the same seed. */
export function randomConversation(sizes: PerModality<number>, length: number, seed: number): PreparedConversation {
  const rng = createRng(seed)
  const modalities = Object.keys(sizes) as Modality[]
  return {
    id: `random-${seed}`,
    length,
    features: Object.fromEntries(
      modalities.map((modality) => [
        modality,
        Float32Array.from({ length: length * sizes[modality]! }, () => 2 * rng.uniform() - 1),
      ]),
    ),
    present: Object.fromEntries(modalities.map((modality) => [modality, new Uint8Array(length).fill(1)])),
    speakers: Int32Array.from({ length }, () => rng.integer(2)),
    labels: Int32Array.from({ length }, () => rng.integer(6)),
  }
}
