import { EmographError } from '../errors.ts'
import { nextMessage, startThread } from '../worker-thread.ts'
import type { WorkerAnswer } from './extraction-worker.ts'
import { createExtractor } from './extractor.ts'
import type { ExtractionJob, ExtractorOptions, JobResult } from './job.ts'

export interface PoolOptions {
  readonly extractor: ExtractorOptions
  /** 1: this thread does the work itself. */
  readonly workers: number
}

interface Runner {
  run(job: ExtractionJob): Promise<JobResult>
  dispose(): Promise<void>
}

/**
 * Does the jobs on `workers` threads and calls `onResult` with each, in the order in which they finish. Which thread does
 * which job changes nothing in its result.
 *
 * @throws the first failure, after every thread has ended
 */
export async function runJobs(
  jobs: readonly ExtractionJob[],
  options: PoolOptions,
  onResult: (job: ExtractionJob, result: JobResult) => Promise<void>,
): Promise<void> {
  const waiting = jobs.values()
  const runners: Runner[] = []
  let failed = false
  const work = async (): Promise<void> => {
    const runner =
      options.workers === 1 ? await createExtractor(options.extractor) : await startWorker(options.extractor)
    runners.push(runner)
    // The iterator is shared: each job is taken once.
    for (const job of waiting) {
      if (failed) return
      await onResult(job, await runner.run(job))
    }
  }
  const threads = Math.min(options.workers, jobs.length)
  const ends = await Promise.allSettled(
    Array.from({ length: threads }, () =>
      work().catch((error: unknown) => {
        failed = true
        throw error
      }),
    ),
  )
  await Promise.all(runners.map((runner) => runner.dispose()))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

async function startWorker(options: ExtractorOptions): Promise<Runner> {
  const worker = startThread(import.meta.url, 'extraction-worker', options)
  const next = async (): Promise<WorkerAnswer> => {
    const answer = await nextMessage<WorkerAnswer>(worker, 'extraction')
    if ('code' in answer) throw new EmographError(answer.code, answer.detail)
    if ('failure' in answer) throw new Error(`the extraction thread failed: ${answer.failure}`)
    return answer
  }
  await next().catch(async (error: unknown) => {
    await worker.terminate()
    throw error
  })
  return {
    async run(job) {
      const answered = next()
      worker.postMessage(job)
      return ((await answered) as { readonly result: JobResult }).result
    },
    async dispose() {
      await worker.terminate()
    },
  }
}
