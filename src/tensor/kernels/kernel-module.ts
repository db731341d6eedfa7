import { readFileSync } from 'node:fs'
import type { WasmBackend } from './wasm-backend.ts'

/**
 * The functions of src/tensor/kernels/assembly, each documented where it is written. Matrices, `from`, `to`, `x`, `out`
 * … are addresses on the heap; strides, `bytes` and `scratch` sizes are in bytes; all else counts numbers. A type: an
 * interface would not be comparable with the exports of a module, which are a map of names.
 */
export type KernelExports = {
  gemmScratchBytes(): number
  gemm(
    batches: number,
    m: number,
    n: number,
    k: number,
    a: number,
    aBatch: number,
    aRow: number,
    aDepth: number,
    b: number,
    bBatch: number,
    bDepth: number,
    bColumn: number,
    c: number,
    scratch: number,
  ): void
  gemmFewRows(m: number, n: number, k: number, a: number, aRow: number, aDepth: number, b: number, c: number): void
  copyPieces(count: number, bytes: number, from: number, fromStride: number, to: number, toStride: number): void
  sumMiddleAxis(outer: number, reduced: number, inner: number, x: number, out: number, scale: number): void
  addRow(rows: number, width: number, row: number, x: number): void
  sumOfSquares(count: number, x: number): number
  segmentSum(rows: number, width: number, segments: number, x: number, ids: number, out: number): void
  adam(
    count: number,
    w: number,
    gradient: number,
    m: number,
    v: number,
    gradientScale: number,
    coupledDecay: number,
    keep: number,
    rate: number,
    rootScale: number,
    epsilon: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
  ): void
}

/** The kernels on the heap of one backend. */
export interface KernelModule extends KernelExports {
  /** Memory for the packed blocks of a matrix product; used within one call only. */
  readonly scratch: number
}

/**
 * Where `npm run build:kernels` puts the module. The same relative path leads there from src/ and from dist/, so that
 * tests, tsx and the published package all find it.
 */
export const KERNELS_URL = new URL('../../../dist/tensor/kernels/kernels.wasm', import.meta.url)

/** Our module on a memory of the caller's. @throws WebAssembly.LinkError when it does not fit */
export function instantiateKernels(bytes: BufferSource, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as KernelExports
}

/**
 * Instantiates our module on the memory of tfjs's: both see the same tensors, no number is copied between them.
 * @throws what node:fs throws when the module is not built, WebAssembly.LinkError when it does not fit.
 */
export function loadKernels(backend: WasmBackend, url: URL = KERNELS_URL): KernelModule {
  const exports = instantiateKernels(readFileSync(url), backend.wasm.asm.memory)
  return { ...exports, scratch: backend.wasm._malloc(exports.gemmScratchBytes()) >>> 0 }
}
