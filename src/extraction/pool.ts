import { Worker } from 'node:worker_threads'
import { EmographError } from '../errors.ts'
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
  const worker = createWorker(options)
  const next = (): Promise<WorkerAnswer> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number) => reject(new Error(`the extraction thread ended with code ${code}`))
      worker.once('message', (answer: WorkerAnswer) => {
        worker.off('error', reject)
        worker.off('exit', onExit)
        if ('code' in answer) reject(new EmographError(answer.code, answer.detail))
        else if ('failure' in answer) reject(new Error(`the extraction thread failed: ${answer.failure}`))
        else resolve(answer)
      })
      worker.once('error', reject)
      worker.once('exit', onExit)
    })
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

/** The thread's file beside this one: JavaScript from dist/; from src/ TypeScript, which needs tsx to be read by Node. */
function createWorker(options: ExtractorOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./extraction-worker.js', import.meta.url), { workerData: options, execArgv: [] })
  }
  const api = import.meta.resolve('tsx/esm/api')
  const file = new URL('./extraction-worker.ts', import.meta.url).href
  const load = `import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file)}) })`
  return new Worker(load, { eval: true, workerData: options, execArgv: [] })
}
