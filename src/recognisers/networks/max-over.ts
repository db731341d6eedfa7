import * as tf from '@tensorflow/tfjs'

/**
 * The maximum over one axis, which stays with length 1. tfjs's own gradient compares by a broadcasting Equal, which took
 * 70 % of a training step on wasm; here each element that is the maximum gets the gradient by 1 - step(max - x).
 */
export function maxOver<T extends tf.Tensor>(x: T, axis: number): T {
  const operation = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, save] = given as [tf.Tensor, tf.GradSaveFunc]
    const largest = input.max(axis, true)
    save([input, largest])
    return {
      value: largest,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [before, found] = saved as [tf.Tensor, tf.Tensor]
        return tf.sub(1, found.sub(before).step()).mul(dy)
      },
    }
  })
  return operation(x) as T
}
