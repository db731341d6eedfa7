import * as tf from '@tensorflow/tfjs'
import { makeBatch } from './batch.ts'
import type { Corect } from './corect.ts'
import type { PreparedConversation } from './prepare.ts'

/** The probabilities of a whole conversation by the batch form in offline mode: [N*C], utterance by utterance. */
export function offlineProbabilities(model: Corect, conversation: PreparedConversation): Float32Array {
  const batch = makeBatch([conversation], model.config)
  try {
    return tf.tidy(() => tf.softmax(model.forward(batch, { mode: 'offline' }).logits).dataSync<'float32'>())
  } finally {
    batch.dispose()
  }
}
