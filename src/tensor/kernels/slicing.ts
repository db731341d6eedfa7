import * as tf from '@tensorflow/tfjs'
import { defineKernel, type OneInput, runStock, sizeOf } from './define-kernel.ts'
import type { KernelModule } from './kernel-module.ts'
import { addressOf, type WasmBackend } from './wasm-backend.ts'

/** The gradient of concat, and split itself. tfjs's copies the whole tensor once for every part. */
export function splitKernel(kernels: KernelModule): tf.KernelConfig {
  return defineKernel<OneInput, { numOrSizeSplits: number[] | number; axis: number }>(
    tf.SplitV,
    ({ inputs: { x }, attrs, backend }) => {
      const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!
      const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits, axis)
      let begin = 0
      return sizes.map((size) => {
        const part = copyRange(kernels, backend, x, axis, begin, size)
        begin += size
        return part
      })
    },
  )
}

/** A range of one axis; ranges of several axes are cut one axis after another. */
export function sliceKernel(kernels: KernelModule, stock: tf.KernelConfig): tf.KernelConfig {
  return defineKernel<OneInput, { begin: number | number[]; size: number | number[] }>(tf.Slice, (call) => {
    const { x } = call.inputs
    if (x.dtype === 'string') return runStock(stock, call)
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, call.attrs.begin, call.attrs.size)
    tf.slice_util.assertParamsValid(x as tf.Tensor, begin!, size!)
    const cut = size!.flatMap((length, axis) => (length === x.shape[axis] ? [] : [axis]))
    if (cut.length === 0) cut.push(0)
    let result = x
    for (const axis of cut) {
      const part = copyRange(kernels, call.backend, result, axis, begin![axis]!, size![axis]!)
      if (result !== x) call.backend.disposeData(result.dataId)
      result = part
    }
    return result
  })
}

/** x[…, begin : begin + size, …] along one axis. */
function copyRange(
  kernels: KernelModule,
  backend: WasmBackend,
  x: tf.TensorInfo,
  axis: number,
  begin: number,
  size: number,
): tf.TensorInfo {
  const shape = [...x.shape]
  shape[axis] = size
  const out = backend.makeOutput(shape, x.dtype)
  const step = sizeOf(x.shape.slice(axis + 1)) * tf.util.bytesPerElement(x.dtype)
  const from = addressOf(backend, x) + begin * step
  const count = sizeOf(x.shape.slice(0, axis))
  kernels.copyPieces(count, size * step, from, x.shape[axis]! * step, addressOf(backend, out), size * step)
  return out
}
