import { parentPort, workerData } from 'node:worker_threads'
import { type BackendName, useBackend } from '../tensor/backend.ts'
import { failureOf, type ThreadFailure } from '../worker-thread.ts'
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

/** The answer to one conversation; where it failed a `ThreadFailure`. */
export interface OfflineAnswer {
  readonly probabilities: Float32Array
}

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

function answer(compute: () => Float32Array): OfflineAnswer | ThreadFailure {
  try {
    return { probabilities: compute() }
  } catch (error) {
    return failureOf(error)
  }
}

await serve(workerData as OfflineSetup)
