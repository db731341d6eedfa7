import type { Worker } from 'node:worker_threads'
import { EmographError } from '../../errors.ts'
import { startThread } from '../../worker-thread.ts'
import type { ImageLimits } from '../media/image.ts'
import { once } from '../once.ts'
import type { FaceLook, FrameLook } from './frame-look.ts'
import { type LookAnswer, type Looked, type LookRequest, READY } from './look-messages.ts'

/** Looks at encoded pictures. */
export interface PictureLooks {
  /** @param bytes a JPEG or PNG; kept until all is known of it */
  see(timeMs: number, bytes: Uint8Array, limits?: ImageLimits): FrameLook
  dispose(): Promise<void>
}

interface Waiting {
  readonly resolve: (looked: Looked) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  ask(request: Omit<LookRequest, 'id'>): Promise<Looked>
  stop(): Promise<void>
}

/**
 * The face models on a thread of their own, for a server: onnxruntime-node computes on the thread that calls it, and 20 to
 * 30 ms a picture would stand in the way of everybody's labels. The thread is started with the first picture, and again
 * after it has failed.
 *
 * @param options.appearance false: without the descriptor (see createVisualEncoder)
 */
export function createThreadedLooks(options: { readonly appearance?: boolean } = {}): PictureLooks {
  const { appearance = true } = options
  let thread: Promise<Thread> | undefined
  let disposed = false

  async function ask(request: Omit<LookRequest, 'id'>): Promise<Looked> {
    if (disposed) throw failed('one that was disposed of')
    thread ??= openThread({ appearance }, () => {
      thread = undefined
    })
    return (await thread).ask(request)
  }

  return {
    see(timeMs, bytes, limits = {}) {
      let source: Uint8Array | undefined = bytes
      const picture = (): Uint8Array => {
        if (source === undefined) throw new Error('a picture was asked for after all of it was known')
        return source
      }
      const faces = once(async (): Promise<readonly FaceLook[]> => {
        const looked = await ask({ bytes: picture(), limits })
        let unknown = looked.faces.length - 1
        if (unknown <= 0) source = undefined
        return looked.faces.map((face, k) => ({
          face,
          features: once(async () => {
            if (k === looked.face) return looked.features
            const { features } = await ask({ bytes: picture(), limits, face: k })
            unknown -= 1
            if (unknown === 0) source = undefined
            return features
          }),
        }))
      })
      return { timeMs, faces, look: async () => void (await faces()) }
    },
    async dispose() {
      disposed = true
      await (await thread?.catch(() => undefined))?.stop()
    },
  }
}

/** @throws EMO_ENCODER_UNAVAILABLE when the models cannot be had */
async function openThread(options: { readonly appearance: boolean }, onEnd: () => void): Promise<Thread> {
  const worker: Worker = startThread(import.meta.url, 'look-thread', options)
  const waiting = new Map<number, Waiting>()
  let next = 0
  /** The thread keeps the process alive only while somebody waits for it. */
  function expect(id: number): Promise<Looked> {
    worker.ref()
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }

  worker.on('message', (answer: LookAnswer) => {
    const asker = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker.unref()
    if ('looked' in answer) asker?.resolve(answer.looked)
    else if (answer.picture) asker?.reject(new EmographError('EMO_IMAGE_FORMAT', { expected: 'a whole picture' }))
    else asker?.reject(failed(answer.failure))
  })
  const end = (cause: unknown): void => {
    onEnd()
    for (const { reject } of waiting.values()) reject(failed('the end of its thread', cause))
    waiting.clear()
  }
  worker.on('error', end)
  worker.on('exit', () => end(undefined))
  await expect(READY).catch(async (error: unknown) => {
    await worker.terminate()
    throw error
  })
  return {
    ask(request) {
      next += 1
      worker.postMessage({ ...request, id: next } satisfies LookRequest)
      return expect(next)
    },
    stop: async () => void (await worker.terminate()),
  }
}

const failed = (got: string, cause?: unknown): EmographError =>
  new EmographError('EMO_ENCODER_UNAVAILABLE', { field: 'face models', expected: 'what is seen', got, cause })
