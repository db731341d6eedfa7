import * as tf from '@tensorflow/tfjs'
import { type KernelModule, loadKernels } from './kernel-module.ts'
import { batchMatMulKernel, fusedMatMulKernel } from './mat-mul.ts'
import { meanKernel, sumKernel } from './reductions.ts'
import { unsortedSegmentSumKernel } from './segment-sum.ts'
import { castKernel, identityKernel } from './sharing.ts'
import { sliceKernel, splitKernel } from './slicing.ts'
import type { WasmBackend } from './wasm-backend.ts'

/** Where a backend keeps the kernels that were loaded onto its heap; one key however often this module is loaded. */
const KERNELS = Symbol.for('emograph.kernels')

/** Our kernels, when the current backend is wasm and has them; they may be called on addresses of its heap. */
export function currentKernels(): { kernels: KernelModule; backend: WasmBackend } | undefined {
  const backend = tf.backend() as WasmBackend & { [KERNELS]?: KernelModule }
  const kernels = backend[KERNELS]
  return kernels && { kernels, backend }
}

/**
 * Puts our kernels in the place of those of tfjs's wasm backend, which has to be the current backend. Doing it twice
 * does nothing.
 * @throws when the module is not built (`npm run build:kernels`).
 */
export function registerKernels(url?: URL): void {
  if (currentKernels() !== undefined) return
  const backend = tf.backend() as WasmBackend
  const kernels = loadKernels(backend, url)
  Object.defineProperty(backend, KERNELS, { value: kernels })
  const stock = (name: string) => tf.getKernel(name, 'wasm')
  const ours = [
    batchMatMulKernel(kernels, stock(tf.BatchMatMul)),
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
