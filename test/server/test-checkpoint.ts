import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FUNCTIONAL_COLUMNS } from '../../src/encoders/audio/functionals.ts'
import { VISUAL_COLUMNS } from '../../src/encoders/visual/pooling.ts'
import { saveCheckpoint } from '../../src/model/checkpoint.ts'
import { parseCorectConfig } from '../../src/model/config.ts'
import { createCorect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'

/** Features of the shipped text encoder and of nothing that was trained: small random weights, all six classes. */
const TEXT = { size: 384, encoder: 'all-MiniLM-L6-v2:q8' }
const AUDIO_SIZE = 66

/** What our own encoders of sound and pictures make: another order, and one column that none of them makes. */
const MEDIA = {
  audio: { encoder: 'egemaps-v1', columns: [...FUNCTIONAL_COLUMNS.slice(10), 'of another extractor'] },
  visual: { encoder: 'faces-v1', columns: VISUAL_COLUMNS.slice(0, 20) },
}

/**
 * Writes a whole checkpoint folder with random weights into a temporary folder; `remove` takes it away.
 *
 * @param options.media a model of text and what our encoders make of sound and pictures
 */
export async function writeTestCheckpoint(
  options: { readonly media?: boolean } = {},
): Promise<{ dir: string; remove: () => Promise<void> }> {
  await useBackend('cpu')
  const media = options.media === true
  const sizes = media
    ? { audio: MEDIA.audio.columns.length, visual: MEDIA.visual.columns.length }
    : { audio: AUDIO_SIZE }
  const config = parseCorectConfig({
    modalities: media ? ['text', 'audio', 'visual'] : ['text', 'audio'],
    featureSizes: { text: TEXT.size, ...sizes },
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
    features: { text: { encoder: TEXT.encoder }, ...(media && MEDIA) },
    normalisation: {},
    metrics: {},
    weights: model.exportWeights(),
    card: () => '# Random weights\n\nFor tests.\n',
  })
  model.dispose()
  return { dir, remove: () => rm(folder, { recursive: true, force: true }) }
}
