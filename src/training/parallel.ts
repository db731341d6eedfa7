import { askThread, nextMessage, startThread } from '../worker-thread.ts'
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
  await nextMessage(worker, 'training')
  worker.unref() // a finished command does not wait for it
  return {
    compute: async (job) => (await askThread<WorkerAnswer>(worker, job, 'training')).result,
    async dispose() {
      await worker.terminate()
    },
  }
}
