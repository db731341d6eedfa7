import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { EmographError } from '../../errors.ts'
import { SAMPLE_RATE } from '../media/resampler.ts'
import { loopAt } from './repetition.ts'

/** Of the base model's decoder: what an empty key-value cache has to look like. */
const LAYERS = 8
const HEADS = 8
const HEAD_SIZE = 52

/** The inputs of the key-value cache: of what was said (`decoder`) and of what was heard (`encoder`). */
const CACHE: readonly string[] = Array.from({ length: LAYERS }, (_, layer) =>
  ['decoder', 'encoder'].flatMap((side) => ['key', 'value'].map((part) => `past_key_values.${layer}.${side}.${part}`)),
).flat()

const START_TOKEN = 1
const END_TOKEN = 2
/** Tokens from here on are marks that Moonshine has added to Llama's vocabulary and that no speaker says. */
export const WORDS_END = 32_000
/** A first word less probable than this is none. */
const LEAST_FIRST_WORD = 0.01
/** People say about six tokens a second; a decoder that writes more is making them up. As moonshine-js does. */
const TOKENS_PER_SECOND = 6

/** Moonshine's networks: sound in, tokens out. */
export interface Moonshine {
  /**
   * The tokens of what is said, without the start and the end token.
   *
   * @param samples [n] at 16 kHz, full scale 1, 0.1 to 64 s
   */
  tokens(samples: Float32Array): Promise<number[]>
  dispose(): Promise<void>
}

/**
 * Moonshine (arXiv:2410.15608) through onnxruntime on one thread: an encoder over the raw samples, a decoder with a
 * key-value cache, greedy. Create it once a process: creating sessions over and over leaks.
 *
 * `run` of onnxruntime-node computes on the thread that calls it, so this one belongs into a thread of its own.
 *
 * @throws EMO_ENCODER_UNAVAILABLE when a file is missing or is no such model
 */
export async function openMoonshine(dir: string): Promise<Moonshine> {
  const encoder = await open(join(dir, 'encoder_model.onnx'), ['input_values'])
  const decoder = await open(join(dir, 'decoder_model_merged.onnx'), ['input_ids', 'use_cache_branch', ...CACHE])

  async function tokens(samples: Float32Array): Promise<number[]> {
    const input = new Tensor('float32', samples, [1, samples.length])
    const heard = (await encoder.run({ input_values: input })).last_hidden_state!
    const most = Math.max(1, Math.ceil((samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND))
    const cache = emptyCache()
    const found: number[] = []
    let token = START_TOKEN
    while (found.length < most) {
      const first = token === START_TOKEN
      const result = await decoder.run({
        input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
        encoder_hidden_states: heard,
        use_cache_branch: new Tensor('bool', [!first]),
        ...cache,
      })
      const logits = result.logits!.data as Float32Array
      token = first ? firstToken(logits) : indexOfLargest(logits)
      if (token === END_TOKEN) break
      found.push(token)
      const loop = loopAt(found)
      if (loop !== undefined) return found.slice(0, loop)
      // The encoder's keys and values are made in the first step only; later steps give empty ones.
      for (const name of CACHE) if (first || name.includes('.decoder.')) cache[name] = presentOf(result, name)
    }
    return found
  }

  return {
    tokens,
    async dispose() {
      await encoder.release()
      await decoder.release()
    },
  }
}

async function open(file: string, inputs: readonly string[]): Promise<InferenceSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  const session = await InferenceSession.create(file, options).catch((cause: unknown) => {
    throw unavailable(file, 'none that loads', cause)
  })
  if (inputs.some((input) => !session.inputNames.includes(input))) throw unavailable(file, 'another model')
  return session
}

const unavailable = (file: string, got: string, cause?: unknown): EmographError =>
  new EmographError('EMO_ENCODER_UNAVAILABLE', {
    file,
    expected: "a part of Moonshine's base model",
    got,
    fix: 'Run `emograph fetch speech`.',
    cause,
  })

function emptyCache(): Record<string, Tensor> {
  return Object.fromEntries(
    CACHE.map((name) => [name, new Tensor('float32', new Float32Array(0), [0, HEADS, 1, HEAD_SIZE])]),
  )
}

const presentOf = (result: InferenceSession.OnnxValueMapType, name: string): Tensor =>
  result[name.replace('past_key_values', 'present')] as Tensor

/**
 * The first word when it is probable at all, also where the end is more probable. With silence around them this decoder
 * hears nothing in a third of all sentences, although it gives their first word a probability of .02 and more; in noise,
 * hum and tones no word reaches .01.
 */
function firstToken(logits: Float32Array): number {
  const all = indexOfLargest(logits)
  if (all !== END_TOKEN) return all
  const words = logits.slice(0, WORDS_END)
  words[END_TOKEN] = Number.NEGATIVE_INFINITY
  const word = indexOfLargest(words)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - logits[all]!), 0)
  return Math.exp(logits[word]! - logits[all]!) / sum >= LEAST_FIRST_WORD ? word : END_TOKEN
}

function indexOfLargest(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
