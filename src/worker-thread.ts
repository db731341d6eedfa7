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
