import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { EmographError } from '../../errors.ts'
import { nextMessage, startThread } from '../../worker-thread.ts'
import { MOONSHINE_BASE } from './manifest.ts'
import { speechModelDir } from './model-dir.ts'
import type { SpeechAnswer } from './speech-thread.ts'

/** Speech in, words out. Whatever satisfies this can take Moonshine's place. */
export interface SpeechRecogniser {
  /** Of the weights; `session.created` tells it. */
  readonly name: string
  /**
   * What is said in a sound, with punctuation; '' where it is silent, shorter than 100 ms, or nothing is understood.
   * Calls wait for each other, in order. Sound beyond 30 s is cut where it is quiet, and the pieces are taken in turn.
   *
   * @param samples [n] at 16 kHz, full scale 1
   * @throws EMO_ENCODER_UNAVAILABLE when the thread that computes has failed (the next call starts another), or after
   *   `dispose`
   */
  transcribe(samples: Float32Array): Promise<string>
  dispose(): Promise<void>
}

/**
 * Moonshine base (arXiv:2410.15608), English, on a thread of its own: onnxruntime-node computes on the thread that calls
 * it, and 80 ms for a clip of 3 s would stand in the way of every other session. One transcription at a time, so that
 * memory is bounded: about 0.3 GB, 0.6 GB while a piece of 30 s is on.
 *
 * @param options.dir the folder of the two ONNX files; by default where `emograph fetch speech` puts them
 * @throws EMO_ENCODER_UNAVAILABLE when the weights are not there or do not load
 *
 * @example
 * const recogniser = await createSpeechRecogniser()
 * const text = await recogniser.transcribe(samples) // 'We finally got the keys!'
 */
export async function createSpeechRecogniser(options: { readonly dir?: string } = {}): Promise<SpeechRecogniser> {
  const dir = options.dir ?? speechModelDir()
  await requireWeights(dir)
  let thread: Worker | undefined = await openThread(dir)
  let last: Promise<unknown> = Promise.resolve()
  let disposed = false

  async function run(samples: Float32Array): Promise<string> {
    if (disposed) throw failed('a recogniser that is in use', 'one that was disposed of')
    thread ??= await openThread(dir)
    thread.postMessage(samples)
    return answerOf(thread).catch(async (error: unknown) => {
      await thread?.terminate()
      thread = undefined
      throw error
    })
  }

  return {
    name: `${MOONSHINE_BASE.model}:q8`,
    transcribe(samples) {
      const text = last.then(() => run(samples))
      last = text.catch(() => undefined)
      return text
    },
    async dispose() {
      disposed = true
      await thread?.terminate()
    },
  }
}

/** Whether the weights are in a folder. */
export async function hasSpeechWeights(dir: string = speechModelDir()): Promise<boolean> {
  return requireWeights(dir).then(
    () => true,
    () => false,
  )
}

async function requireWeights(dir: string): Promise<void> {
  for (const { name } of MOONSHINE_BASE.files) {
    const file = join(dir, name)
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) continue
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', {
      file,
      expected: 'the weights of the speech recogniser',
      got: 'none',
      fix: 'Run `emograph fetch speech`, or name their folder.',
    })
  }
}

async function openThread(dir: string): Promise<Worker> {
  const thread = startThread(import.meta.url, 'speech-thread', { dir })
  await answerOf(thread).catch(async (cause: unknown) => {
    await thread.terminate()
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', {
      file: dir,
      expected: 'the weights of the speech recogniser',
      got: 'files that do not load',
      fix: 'Run `emograph fetch speech --dir` with this folder: it puts whole files in the place of damaged ones.',
      cause,
    })
  })
  return thread
}

async function answerOf(thread: Worker): Promise<string> {
  const answer = await nextMessage<SpeechAnswer>(thread, 'speech').catch((cause: unknown) => {
    throw failed('a text', 'the end of the speech thread', cause)
  })
  if ('failure' in answer) throw failed('a text', 'a failure of the speech thread', new Error(answer.failure))
  return answer.text
}

const failed = (expected: string, got: string, cause?: unknown): EmographError =>
  new EmographError('EMO_ENCODER_UNAVAILABLE', { field: 'speech recogniser', expected, got, cause })
