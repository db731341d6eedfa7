import { Worker } from 'node:worker_threads'
import type { WorkerAnswer, WorkerSetup } from './gradient-worker.ts'
import type { GradientJob, GradientResult } from './gradients.ts'

/** A thread that computes gradients: see gradient-worker.ts. One job at a time. */
export interface GradientWorker {
  compute(job: GradientJob): Promise<GradientResult>
  dispose(): Promise<void>
}

/** Starts the thread and waits until its model stands. */
export async function startGradientWorker(setup: WorkerSetup): Promise<GradientWorker> {
  const worker = createWorker(setup)
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number) => reject(new Error(`the training thread ended with code ${code}`))
      worker.once('message', (message) => {
        worker.off('error', reject)
        worker.off('exit', onExit)
        resolve(message)
      })
      worker.once('error', reject)
      worker.once('exit', onExit)
    })
  await next()
  worker.unref() // a finished command does not wait for it
  return {
    async compute(job) {
      worker.ref()
      const answered = next()
      worker.postMessage(job)
      const answer = (await answered) as WorkerAnswer
      worker.unref()
      if ('failure' in answer) throw new Error(`the training thread failed: ${answer.failure}`)
      return answer.result
    },
    async dispose() {
      await worker.terminate()
    },
  }
}

/**
 * The worker's file beside this one: JavaScript from dist/; from src/ TypeScript, which needs tsx to be read by Node. The
 * flags of this process are not passed on: some (--input-type) are refused for a file.
 */
function createWorker(setup: WorkerSetup): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./gradient-worker.js', import.meta.url), { workerData: setup, execArgv: [] })
  }
  const api = import.meta.resolve('tsx/esm/api')
  const file = new URL('./gradient-worker.ts', import.meta.url).href
  const load = `import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file)}) })`
  return new Worker(load, { eval: true, workerData: setup, execArgv: [] })
}
