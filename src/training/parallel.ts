import { nextMessage, startThread } from '../worker-thread.ts'
import type { WorkerAnswer, WorkerSetup } from './gradient-worker.ts'
import type { GradientJob, GradientResult } from './gradients.ts'

/** A thread that computes gradients: see gradient-worker.ts. One job at a time. */
export interface GradientWorker {
  compute(job: GradientJob): Promise<GradientResult>
  dispose(): Promise<void>
}

/** Starts the thread and waits until its model stands. */
export async function startGradientWorker(setup: WorkerSetup): Promise<GradientWorker> {
  const worker = startThread(import.meta.url, 'gradient-worker', setup)
  const next = () => nextMessage<WorkerAnswer>(worker, 'training')
  await next()
  worker.unref() // a finished command does not wait for it
  return {
    async compute(job) {
      worker.ref()
      const answered = next()
      worker.postMessage(job)
      const answer = await answered
      worker.unref()
      if ('failure' in answer) throw new Error(`the training thread failed: ${answer.failure}`)
      return answer.result
    },
    async dispose() {
      await worker.terminate()
    },
  }
}
