import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from '@xenova/transformers'
import { EmographError } from '../../errors.ts'

/** Text in, one feature vector an utterance out. Whatever satisfies this can take MiniLM's place. */
export interface TextEncoder {
  /** Of the weights and of everything else that changes a vector; a checkpoint records it, a cache is keyed by it. */
  readonly name: string
  /** D, the length of every vector. */
  readonly size: number
  /** One vector [D] per text, in order. The vector of a text never depends on the other texts. */
  encode(texts: readonly string[]): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/** Shipped under models/: sentence-transformers/all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), 384-d. */
export const DEFAULT_TEXT_MODEL = 'all-MiniLM-L6-v2'
const SHIPPED_MODELS = join(import.meta.dirname, '../../../models')

export interface TextEncoderOptions {
  /** A shipped model's name, a folder in transformers.js layout, or (with `allowNetwork`) a name of the hub. */
  readonly model?: string
  /** Precision of the weights: which file under onnx/ is taken. `q8` is what is shipped: 23 MB instead of 90. */
  readonly dtype?: 'q8' | 'fp32' | 'fp16' | 'int8' | 'uint8' | 'q4'
  /** How token vectors become one: as the encoder was trained, `mean` for sentence-transformers, `cls` for BGE. */
  readonly pooling?: 'mean' | 'cls'
  /** Scale to length 1. Default true: how sentence encoders are trained and compared. */
  readonly normalise?: boolean
  /** Fetch a model that is not on this machine. Default false: nothing leaves or enters unasked. */
  readonly allowNetwork?: boolean
  /** Where fetched models are kept; default: transformers.js's own folder. */
  readonly cacheDir?: string
}

/**
 * A sentence encoder through transformers.js (onnxruntime, one thread). Texts longer than the model takes (MiniLM: 256
 * tokens) are cut at the end.
 *
 * Texts are run one at a time. In a batch, padding and (for dynamically quantised weights) the common scale of the
 * activations would let a text's vector depend on its neighbours, and then a live label could not be reproduced offline.
 * It costs little: 8 sentences take 5 ms each alone and 4 ms in a batch.
 *
 * @throws EMO_ENCODER_UNAVAILABLE when there are no such weights, or they cannot be loaded.
 *
 * @example
 * const encoder = await createTextEncoder()
 * const [vector] = await encoder.encode(['We finally got the keys!']) // Float32Array(384)
 */
export async function createTextEncoder(options: TextEncoderOptions = {}): Promise<TextEncoder> {
  const { model = DEFAULT_TEXT_MODEL, dtype = 'q8', pooling = 'mean', normalise = true } = options
  const folder = await modelFolder(model)
  if (folder === undefined && options.allowNetwork !== true) {
    throw unavailable(model, 'a model folder', 'none, and the network is not allowed')
  }
  const extract = await pipeline('feature-extraction', folder ?? model, {
    dtype,
    local_files_only: folder !== undefined,
    ...(options.cacheDir !== undefined && { cache_dir: options.cacheDir }),
    // Two threads are no faster for a model of this size, and take the core that the graph model needs.
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  }).catch((cause: unknown) => {
    throw unavailable(model, `a feature extraction model with ${dtype} weights`, 'one that does not load', cause)
  })

  const encodeOne = async (text: string): Promise<Float32Array> => {
    const output = await extract(text, { pooling, normalize: normalise })
    return Float32Array.from(output.data as Float32Array)
  }
  const size = (await encodeOne('')).length
  const settings = [dtype, ...(pooling === 'mean' ? [] : [pooling]), ...(normalise ? [] : ['raw'])]
  return {
    name: [folder === undefined ? model : basename(folder), ...settings].join(':'),
    size,
    async encode(texts) {
      const vectors: Float32Array[] = []
      for (const text of texts) vectors.push(await encodeOne(text))
      return vectors
    },
    dispose: () => extract.dispose().then(() => undefined),
  }
}

/** The folder that `model` means: a shipped one by name, or a path. Absolute, so that the library looks nowhere else. */
async function modelFolder(model: string): Promise<string | undefined> {
  for (const folder of [resolve(SHIPPED_MODELS, model), resolve(model)]) {
    const config = await stat(join(folder, 'config.json')).catch(() => undefined)
    if (config?.isFile()) return folder
  }
  return undefined
}

const unavailable = (model: string, expected: string, got: string, cause?: unknown): EmographError =>
  new EmographError('EMO_ENCODER_UNAVAILABLE', { field: `text encoder ${model}`, expected, got, cause })
