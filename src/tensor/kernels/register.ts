import * as tf from '@tensorflow/tfjs'
import { loadKernels } from './kernel-module.ts'
import { batchMatMulKernel, fusedMatMulKernel } from './mat-mul.ts'
import { meanKernel, sumKernel } from './reductions.ts'
import { unsortedSegmentSumKernel } from './segment-sum.ts'
import { castKernel, identityKernel } from './sharing.ts'
import { sliceKernel, splitKernel } from './slicing.ts'
import type { WasmBackend } from './wasm-backend.ts'

/** True once {@link registerKernels} has run: tfjs itself has no UnsortedSegmentSum on wasm. */
export function kernelsRegistered(): boolean {
  return tf.getKernel(tf.UnsortedSegmentSum, 'wasm') !== undefined
}

/**
 * Puts our kernels in the place of those of tfjs's wasm backend, which has to be the current backend. Doing it twice
 * does nothing.
 * @throws when the module is not built (`npm run build:kernels`).
 */
export function registerKernels(url?: URL): void {
  if (kernelsRegistered()) return
  const kernels = loadKernels(tf.backend() as unknown as WasmBackend, url)
  const stock = (name: string) => tf.getKernel(name, 'wasm')
  const ours = [
    batchMatMulKernel(kernels),
    fusedMatMulKernel(kernels, stock(tf._FusedMatMul)),
    identityKernel(stock(tf.Identity)),
    castKernel(stock(tf.Cast)),
    splitKernel(kernels),
    sliceKernel(kernels, stock(tf.Slice)),
    sumKernel(kernels, stock(tf.Sum)),
    meanKernel(kernels, stock(tf.Mean)),
    unsortedSegmentSumKernel(kernels),
  ]
  for (const kernel of ours) {
    if (tf.getKernel(kernel.kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernel.kernelName, 'wasm')
    tf.registerKernel(kernel)
  }
}
