import { basename, resolve } from 'node:path'
import type { PerModality } from '../conversation/modality.ts'
import { parseEncoderName } from '../encoders/text/encoder-name.ts'
import { createTextEncoder, type TextEncoder } from '../encoders/text/text-encoder.ts'
import { EmographError } from '../errors.ts'
import { type Checkpoint, type FeatureDescription, loadCheckpoint } from '../model/checkpoint.ts'
import { createCorect } from '../model/corect.ts'
import { createOfflineThread } from '../model/offline-thread.ts'
import { createStreamingModel } from '../model/streaming.ts'
import { type BackendChoice, useBackend } from '../tensor/backend.ts'
import type { ServedModel } from './served-model.ts'

export interface LoadOptions {
  readonly backend?: BackendChoice
  /** Fetch the text encoder that the checkpoint names, where it is not on this machine. Default false. */
  readonly allowNetwork?: boolean
  /** Stands for the encoder that the checkpoint names; it stays the caller's. */
  readonly textEncoder?: TextEncoder
}

/**
 * A checkpoint folder as a server takes it: weights in the backend, the text encoder that it was trained with, both run
 * once so that the first utterance of the first conversation does not pay for it.
 *
 * @throws EMO_CHECKPOINT_INVALID and what else `loadCheckpoint` throws, EMO_BACKEND_UNAVAILABLE,
 *   EMO_ENCODER_UNAVAILABLE
 */
export async function loadServedModel(dir: string, options: LoadOptions = {}): Promise<ServedModel> {
  const checkpoint = await loadCheckpoint(dir)
  const backend = await useBackend(options.backend ?? 'auto')
  const model = createCorect(checkpoint.model, { weights: checkpoint.weights })
  const streaming = createStreamingModel({ model, normalisation: checkpoint.normalisation })
  // A library for GPUs works in one thread of a process only, and is fast enough for offline labels to be no trouble there.
  const offline =
    backend.name === 'node-gpu'
      ? undefined
      : createOfflineThread({ config: checkpoint.model, backend: backend.name, weights: checkpoint.weights })
  const encoder = options.textEncoder ?? (await loadTextEncoder(checkpoint, options))
  checkTextSize(checkpoint, encoder, dir)
  const { modalities, featureSizes, labelSet, past, future, speakerRelations } = checkpoint.model

  const served: ServedModel = {
    name: checkpoint.name,
    sha256: checkpoint.sha256,
    labelSet,
    modes: checkpoint.modes,
    modalities,
    featureSizes,
    featureColumns: described(checkpoint, 'columns'),
    featureEncoders: described(checkpoint, 'encoder'),
    graph: { modalities, past, future, speakerRelations },
    historyLimit: streaming.historyLimit,
    backend: backend.name,
    card: checkpoint.card,
    metrics: checkpoint.metrics,
    ...(encoder !== undefined && { textEncoder: encoder }),
    createLabeller(mode) {
      if (offline === undefined) return streaming.createLabeller({ mode })
      if (mode === 'offline') offline.start()
      return streaming.createDeferredLabeller({ mode, offline: offline.compute })
    },
    async dispose() {
      await offline?.dispose()
      model.dispose()
      if (options.textEncoder === undefined) await encoder?.dispose()
    },
  }
  await warmUp(served)
  return served
}

async function loadTextEncoder(checkpoint: Checkpoint, options: LoadOptions): Promise<TextEncoder | undefined> {
  const name = checkpoint.features.text?.encoder
  if (name === undefined || !checkpoint.model.modalities.includes('text')) return undefined
  return createTextEncoder({ ...parseEncoderName(name), allowNetwork: options.allowNetwork === true })
}

function checkTextSize(checkpoint: Checkpoint, encoder: TextEncoder | undefined, dir: string): void {
  const size = checkpoint.model.featureSizes.text
  if (encoder === undefined || size === undefined || encoder.size === size) return
  throw new EmographError('EMO_CHECKPOINT_INVALID', {
    file: basename(resolve(dir)),
    field: 'features.text.encoder',
    expected: `an encoder of ${size} numbers`,
    got: `${encoder.name} of ${encoder.size}`,
  })
}

/** What the checkpoint says of the features of each modality, where it does. */
function described<K extends keyof FeatureDescription>(
  { features, model }: Checkpoint,
  field: K,
): PerModality<NonNullable<FeatureDescription[K]>> {
  const named = model.modalities.flatMap((modality) => {
    const value = features[modality]?.[field]
    return value === undefined ? [] : [[modality, value] as const]
  })
  return Object.fromEntries(named)
}

/** More word pieces than any encoder of sentences looks at. */
const LONGEST_TEXT = 'word '.repeat(1_024)

/** Compiles what is compiled on first use: one utterance of every modality, in each mode. */
async function warmUp(model: ServedModel): Promise<void> {
  // The longest text first: the encoder's memory grows to what it takes, once, and not in somebody's meeting.
  await model.textEncoder?.encode([LONGEST_TEXT])
  const [text] = (await model.textEncoder?.encode(['Hello.'])) ?? []
  for (const mode of model.modes) {
    const labeller = model.createLabeller(mode)
    for (const id of ['first', 'second']) {
      const features: PerModality<Float32Array> = {}
      for (const modality of model.modalities) features[modality] = new Float32Array(model.featureSizes[modality]!)
      await labeller.add({ id, speaker: id, features: text === undefined ? features : { ...features, text } })
    }
    labeller.dispose()
  }
}
