import type { CorectConfig } from '../model/config.ts'
import type { Normalisation } from '../model/normalisation.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import type { TrainConfig } from './config.ts'
import type { FacePool } from './face-pool.ts'
import { pairFaces } from './visual-pairing.ts'

/** What training makes of a batch anew each time, before modality dropout. All its chance comes from the seed. */
export type Variation = (batch: readonly PreparedConversation[], seed: number) => readonly PreparedConversation[]

export interface VariedData {
  readonly model: CorectConfig
  readonly normalisation: Normalisation
  readonly faces?: FacePool | undefined
}

/** Faces, where the configuration pairs them; else nothing. */
export function createVariation({ data }: TrainConfig, { model, normalisation, faces }: VariedData): Variation {
  const { visualPairing } = data
  const { visual } = normalisation
  if (visualPairing === null || faces === undefined || visual === undefined) return (batch) => batch
  const target = { ...model, statistics: visual }
  return (batch, seed) => pairFaces(batch, faces, visualPairing, target, seed)
}
