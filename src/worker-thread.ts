import { Worker } from 'node:worker_threads'

/**
 * Starts the thread whose file `name` (without ending) stands beside the module of `url`, `import.meta.url`: JavaScript
 * from dist/; from src/ TypeScript, which needs tsx to be read by Node. The flags of this process are not passed on: some
 * (--input-type) are refused for a file.
 */
export function startThread(url: string, name: string, workerData: unknown): Worker {
  if (!url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, url), { workerData, execArgv: [] })
  const api = import.meta.resolve('tsx/esm/api')
  const file = new URL(`./${name}.ts`, url).href
  const load = `import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file)}) })`
  return new Worker(load, { eval: true, workerData, execArgv: [] })
}

/** What a thread says in place of an answer. Errors of another realm are none of ours, so what went wrong travels in words. */
export interface ThreadFailure {
  readonly failure: string
}

export const failureOf = (error: unknown): ThreadFailure => ({
  failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
})

/**
 * The answer of a thread that answers one message after the other. It keeps the process alive only while it is asked: a
 * finished command does not wait for it. `what` names it in errors: that it ended, or the {@link ThreadFailure} it told.
 */
export async function askThread<Answer extends object>(
  worker: Worker,
  message: unknown,
  what: string,
): Promise<Answer> {
  worker.ref()
  try {
    const answered = nextMessage<Answer | ThreadFailure>(worker, what)
    worker.postMessage(message)
    const answer = await answered
    if ('failure' in answer) throw new Error(`the ${what} thread failed: ${answer.failure}`)
    return answer
  } finally {
    worker.unref()
  }
}

/** The thread's next message; rejects when the thread fails or ends before it. `what` names the thread in that error. */
export function nextMessage<T>(worker: Worker, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      act()
    }
    const onMessage = (message: T) => settle(() => resolve(message))
    const onError = (error: unknown) => settle(() => reject(error))
    const onExit = (code: number) => settle(() => reject(new Error(`the ${what} thread ended with code ${code}`)))
    worker.once('message', onMessage).once('error', onError).once('exit', onExit)
  })
}
