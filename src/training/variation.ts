import type { PerModality } from '../conversation/modality.ts'
import type { FeatureDescription } from '../model/checkpoint.ts'
import type { CorectConfig } from '../model/config.ts'
import type { Normalisation } from '../model/normalisation.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import { dropColumns, droppedColumns } from './column-dropout.ts'
import type { TrainConfig } from './config.ts'
import type { FacePool } from './face-pool.ts'
import { deriveSeed } from './rng.ts'
import { pairFaces } from './visual-pairing.ts'

/** What training makes of a batch anew each time, before modality dropout. All its chance comes from the seed. */
export type Variation = (batch: readonly PreparedConversation[], seed: number) => readonly PreparedConversation[]

/** Uses of a variation's seed. */
const FACES = 1
const COLUMNS = 2

export interface VariedData {
  readonly model: CorectConfig
  readonly normalisation: Normalisation
  readonly features: PerModality<FeatureDescription>
  readonly faces?: FacePool | undefined
}

/**
 * Faces and column dropout, as the configuration wants them.
 *
 * @throws EMO_CONFIG_INVALID where column dropout names a column that there is not
 */
export function createVariation({ data, columnDropout }: TrainConfig, of: VariedData): Variation {
  const { model, normalisation, features, faces } = of
  const columns: PerModality<readonly string[]> = {}
  for (const modality of model.modalities) columns[modality] = features[modality]?.columns ?? []
  const dropped = droppedColumns(columnDropout, columns)
  const pairing = data.visualPairing
  return (batch, seed) => {
    const target = { ...model, statistics: normalisation.visual! }
    const seen = pairing && faces ? pairFaces(batch, faces, pairing, target, deriveSeed(seed, FACES)) : batch
    return dropColumns(seen, dropped, model.featureSizes, deriveSeed(seed, COLUMNS))
  }
}
