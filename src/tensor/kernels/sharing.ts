import * as tf from '@tensorflow/tfjs'
import { defineKernel, type OneInput, runStock } from './define-kernel.ts'
import { share } from './wasm-backend.ts'

/**
 * A tensor that is the same numbers: counted, not copied, as the cpu backend does. tfjs clones every tensor that a
 * gradient needs, so that copying doubles the memory of a training step.
 */
export function identityKernel(stock: tf.KernelConfig): tf.KernelConfig {
  return defineKernel<OneInput>(tf.Identity, (call) => {
    const { x } = call.inputs
    if (x.dtype === 'string') return runStock(stock, call)
    return share(call.backend, x)
  })
}

/** A cast to the type that the tensor already has (the gradients of Multiply and Relu cast so): counted, not copied. */
export function castKernel(stock: tf.KernelConfig): tf.KernelConfig {
  return defineKernel<OneInput, { dtype: tf.DataType }>(tf.Cast, (call) => {
    const { x } = call.inputs
    if (x.dtype !== call.attrs.dtype || x.dtype === 'string') {
      return runStock(stock, call)
    }
    return share(call.backend, x)
  })
}
