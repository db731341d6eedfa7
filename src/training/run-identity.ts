import { createHash } from 'node:crypto'
import type { TrainConfig } from './config.ts'
import type { TrainingData } from './training-data.ts'

/**
 * What a run is of: digests of the configuration (but for what changes nothing that is learned), of the prepared data,
 * and the backend. A resumed run has to be of the same, or it could not end as the first would have.
 */
export function runIdentity(
  config: TrainConfig,
  data: Pick<TrainingData, 'splits' | 'faces'>,
  backend: string,
): string {
  const { out: _out, seeds: _seeds, card: _card, ...learned } = config
  const { path: _path, visualPairing, ...dataConfig } = learned.data
  const pairing = visualPairing && { ...visualPairing, faces: null }
  const settings = createHash('sha256').update(
    JSON.stringify({ ...learned, data: { ...dataConfig, visualPairing: pairing } }),
  )
  const numbers = createHash('sha256')
  for (const { features, present, speakers, labels } of [...data.splits.train, ...data.splits.val]) {
    for (const array of [...Object.values(features), ...Object.values(present), speakers, labels]) numbers.update(array)
  }
  for (const face of data.faces?.all ?? []) numbers.update(face)
  return `configuration ${short(settings.digest('hex'))}, data ${short(numbers.digest('hex'))}, backend ${backend}`
}

const short = (digest: string): string => digest.slice(0, 16)
