import { parentPort, workerData } from 'node:worker_threads'
import { type BackendName, useBackend } from '../tensor/backend.ts'
import type { CorectConfig } from './config.ts'
import { createCorect } from './corect.ts'
import { offlineProbabilities } from './offline-form.ts'
import type { PreparedConversation } from './prepare.ts'

/** What the thread is started with. */
export interface OfflineSetup {
  readonly config: CorectConfig
  readonly backend: BackendName
  readonly weights: ReadonlyMap<string, Float32Array>
}

/** The answer to one conversation; what went wrong travels as words. */
export type OfflineAnswer = { readonly probabilities: Float32Array } | { readonly failure: string }

/** The thread of offline labels: for each conversation the probabilities of all of its utterances. */
async function serve({ config, backend, weights }: OfflineSetup): Promise<void> {
  const port = parentPort!
  await useBackend(backend)
  const model = createCorect(config, { weights })
  port.on('message', (conversation: PreparedConversation) => {
    port.postMessage(answer(() => offlineProbabilities(model, conversation)))
  })
  port.postMessage('ready')
}

function answer(compute: () => Float32Array): OfflineAnswer {
  try {
    return { probabilities: compute() }
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

await serve(workerData as OfflineSetup)
