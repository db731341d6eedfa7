import * as tf from '@tensorflow/tfjs'
import { defineKernel, sizeOf } from './define-kernel.ts'
import type { KernelModule } from './kernel-module.ts'
import { addressOf } from './wasm-backend.ts'

type SegmentInputs = { readonly x: tf.TensorInfo; readonly segmentIds: tf.TensorInfo }

/** Rows of x added up by their segment id: the gradient of gather (an embedding). tfjs has none on wasm. */
export function unsortedSegmentSumKernel(kernels: KernelModule): tf.KernelConfig {
  return defineKernel<SegmentInputs, { numSegments: number }>(
    tf.UnsortedSegmentSum,
    ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
      const out = backend.makeOutput([numSegments, ...x.shape.slice(1)], x.dtype)
      const width = sizeOf(x.shape.slice(1))
      const [from, ids, to] = [addressOf(backend, x), addressOf(backend, segmentIds), addressOf(backend, out)]
      kernels.segmentSum(x.shape[0]!, width, numSegments, from, ids, to)
      return out
    },
  )
}
