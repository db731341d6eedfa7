import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, type ErrorDetail, isEmographError } from '../errors.ts'
import { failureOf, type ThreadFailure } from '../worker-thread.ts'
import { createExtractor } from './extractor.ts'
import type { ExtractionJob, ExtractorOptions, JobResult } from './job.ts'

/** What a thread answers: once that it stands, then the results. A coded error travels as its parts, others in words. */
export type WorkerAnswer =
  | { readonly result: JobResult }
  | { readonly ready: true }
  | ThreadFailure
  | { readonly code: ErrorCode; readonly detail: ErrorDetail }

/** A thread of an extraction: loads its encoders, says so, then answers one job after the other. */
async function serve(port: MessagePort, options: ExtractorOptions): Promise<void> {
  const extractor = await createExtractor(options)
  port.on('message', (job: ExtractionJob) => {
    extractor.run(job).then(
      (result) => port.postMessage({ result } satisfies WorkerAnswer),
      (error: unknown) => port.postMessage(failure(error)),
    )
  })
  port.postMessage({ ready: true } satisfies WorkerAnswer)
}

function failure(error: unknown): WorkerAnswer {
  if (isEmographError(error)) {
    const { cause: _, ...detail } = error.detail
    return { code: error.code, detail }
  }
  return failureOf(error)
}

const port = parentPort!
await serve(port, workerData as ExtractorOptions).catch((error: unknown) => port.postMessage(failure(error)))
