import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveCheckpoint } from '../../src/model/checkpoint.ts'
import { parseCorectConfig } from '../../src/model/config.ts'
import { createCorect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'

/** Features of the shipped text encoder and of nothing that was trained: small random weights, all six classes. */
const TEXT = { size: 384, encoder: 'all-MiniLM-L6-v2:q8' }
const AUDIO_SIZE = 66

/** Writes a whole checkpoint folder with random weights into a temporary folder; `remove` takes it away. */
export async function writeTestCheckpoint(): Promise<{ dir: string; remove: () => Promise<void> }> {
  await useBackend('cpu')
  const config = parseCorectConfig({
    modalities: ['text', 'audio'],
    featureSizes: { text: TEXT.size, audio: AUDIO_SIZE },
    labelSet: 'iemocap6',
    hidden: 8,
    textEncoderLayers: 1,
    textEncoderFeedForward: 16,
    graphHeads: 2,
    crossmodalLayers: 1,
    selfAttentionLayers: 1,
  })
  const model = createCorect(config, { seed: 1 })
  const folder = await mkdtemp(join(tmpdir(), 'emograph-checkpoint-'))
  const dir = join(folder, 'random')
  await saveCheckpoint(dir, {
    name: 'random',
    model: config,
    features: { text: { encoder: TEXT.encoder } },
    normalisation: {},
    metrics: {},
    weights: model.exportWeights(),
    card: () => '# Random weights\n\nFor tests.\n',
  })
  model.dispose()
  return { dir, remove: () => rm(folder, { recursive: true, force: true }) }
}
