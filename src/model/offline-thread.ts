import type { Worker } from 'node:worker_threads'
import { askThread, nextMessage, startThread } from '../worker-thread.ts'
import type { OfflineAnswer, OfflineSetup } from './offline-worker.ts'
import type { PreparedConversation } from './prepare.ts'

/** A thread that computes offline labels, see offline-worker.ts, for all conversations of a model. */
export interface OfflineThread {
  /** Begins to start, for a conversation that will soon need it. */
  start(): void
  /** {@link offlineProbabilities}; conversations that come together wait for each other. */
  compute(conversation: PreparedConversation): Promise<Float32Array>
  /** True while the thread is there. */
  readonly running: boolean
  dispose(): Promise<void>
}

/**
 * How long the thread stays when nobody asks, ms: starting it takes about as long as relabelling a long conversation, and
 * TensorFlow's WebAssembly memory, which only grows (0.6 GB for 300 utterances), is given back with it.
 */
const IDLE_MS = 60_000

/**
 * Starts with the first conversation and ends when none came for `idleMs`. Offline labels take hundreds of milliseconds
 * in long conversations; on the main thread every other conversation would wait for them.
 */
export function createOfflineThread(setup: OfflineSetup, { idleMs = IDLE_MS } = {}): OfflineThread {
  let worker: Promise<Worker> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let idle: NodeJS.Timeout | undefined

  function open(): Promise<Worker> {
    const thread = startThread(import.meta.url, 'offline-worker', setup)
    const ready = nextMessage(thread, 'offline').then(() => {
      thread.unref() // a finished command does not wait for it
      return thread
    })
    // A thread that ended by itself is not asked again; whoever waits for it is told by `nextMessage`.
    const forget = (): void => {
      if (worker === ready) worker = undefined
    }
    thread.once('error', forget).once('exit', forget)
    return ready
  }

  async function end(): Promise<void> {
    const ending = worker
    worker = undefined
    await ending?.then(
      (thread) => thread.terminate(),
      () => undefined,
    )
  }

  async function ask(conversation: PreparedConversation): Promise<Float32Array> {
    worker ??= open()
    return (await askThread<OfflineAnswer>(await worker, conversation, 'offline')).probabilities
  }

  function rest(): void {
    clearTimeout(idle)
    idle = setTimeout(() => void end(), idleMs).unref()
  }

  return {
    start() {
      worker ??= open()
      worker.catch(() => {}) // whoever computes is told
      if (waiting === 0) rest()
    },
    get running() {
      return worker !== undefined
    },
    async compute(conversation) {
      waiting++
      clearTimeout(idle)
      const turn = last.then(() => ask(conversation))
      last = turn.catch(() => undefined)
      try {
        return await turn
      } finally {
        if (--waiting === 0) rest()
      }
    },
    async dispose() {
      await last
      clearTimeout(idle)
      await end()
    },
  }
}
