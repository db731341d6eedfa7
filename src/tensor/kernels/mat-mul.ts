import * as tf from '@tensorflow/tfjs'
import { defineKernel, runStock, sizeOf } from './define-kernel.ts'
import type { KernelModule } from './kernel-module.ts'
import { addressOf, type WasmBackend } from './wasm-backend.ts'

type MatMulInputs = { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo }

interface MatMulAttributes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

type FusedInputs = MatMulInputs & { readonly bias?: tf.TensorInfo; readonly preluActivationWeights?: tf.TensorInfo }

/** Up to so many rows the right operand is read as it lies; packing it would cost more than the product. */
const FEW_ROWS = 4

/**
 * Up to so many rows a plain product with weights is left to tfjs, that is to XNNPACK, which packs them once and keeps
 * them so: labelling one utterance is then twice as fast, from 48 rows on (measured at 768 x 2048) both are equal.
 */
const XNNPACK_ROWS = 32

/**
 * Matrix products [..., m, k]·[..., k, n] with either operand transposed and leading axes broadcast. tfjs's own is fast
 * for one untransposed pair only and 20 to 50 times slower for all others, that is for every gradient.
 */
export function batchMatMulKernel(kernels: KernelModule, stock: tf.KernelConfig): tf.KernelConfig {
  return defineKernel<MatMulInputs, MatMulAttributes>(tf.BatchMatMul, (call) => {
    const { inputs, attrs, backend } = call
    if (suitsXnnpack(inputs, attrs)) return runStock(stock, call)
    return multiply(kernels, backend, inputs.a, inputs.b, attrs)
  })
}

function suitsXnnpack({ a, b }: MatMulInputs, { transposeA, transposeB }: MatMulAttributes): boolean {
  if (transposeA || transposeB || a.shape.length !== 2 || b.shape.length !== 2) return false
  return a.shape[0]! <= XNNPACK_ROWS && sizeOf(a.shape) > 0 && sizeOf(b.shape) > 0
}

/** The product with bias and linear activation as tf.layers' dense asks for; any other activation goes to `stock`. */
export function fusedMatMulKernel(kernels: KernelModule, stock: tf.KernelConfig): tf.KernelConfig {
  return defineKernel<FusedInputs, MatMulAttributes & { activation: string }>(tf._FusedMatMul, (call) => {
    const { inputs, attrs, backend } = call
    if (attrs.activation !== 'linear' || inputs.preluActivationWeights !== undefined) {
      return runStock(stock, call)
    }
    const out = multiply(kernels, backend, inputs.a, inputs.b, attrs)
    if (inputs.bias !== undefined) {
      const width = out.shape[out.shape.length - 1]!
      kernels.addRow(
        sizeOf(out.shape) / Math.max(1, width),
        width,
        addressOf(backend, inputs.bias),
        addressOf(backend, out),
      )
    }
    return out
  })
}

/** One operand as rows and columns of the product, its strides in bytes. */
interface Operand {
  readonly at: number
  readonly outer: readonly number[]
  readonly rows: number
  readonly columns: number
  readonly rowStride: number
  readonly columnStride: number
}

function operand(backend: WasmBackend, x: tf.TensorInfo, transposed: boolean): Operand {
  const [rows, columns] = x.shape.slice(-2) as [number, number]
  const at = addressOf(backend, x)
  const outer = x.shape.slice(0, -2)
  return transposed
    ? { at, outer, rows: columns, columns: rows, rowStride: 4, columnStride: columns * 4 }
    : { at, outer, rows, columns, rowStride: columns * 4, columnStride: 4 }
}

function multiply(
  kernels: KernelModule,
  backend: WasmBackend,
  aInfo: tf.TensorInfo,
  bInfo: tf.TensorInfo,
  { transposeA, transposeB }: MatMulAttributes,
): tf.TensorInfo {
  if (aInfo.dtype !== 'float32' || bInfo.dtype !== 'float32') {
    throw new Error(`matMul takes float32 tensors on the wasm backend, not ${aInfo.dtype} and ${bInfo.dtype}`)
  }
  const a = operand(backend, aInfo, transposeA)
  const b = operand(backend, bInfo, transposeB)
  if (a.columns !== b.rows) {
    throw new Error(
      `matMul: the inner sizes ${a.columns} and ${b.rows} of [${aInfo.shape}] and [${bInfo.shape}] differ`,
    )
  }
  const outer = tf.broadcast_util.assertAndGetBroadcastShape([...a.outer], [...b.outer])
  const out = backend.makeOutput([...outer, a.rows, b.columns], 'float32')
  const to = addressOf(backend, out)
  if (sizeOf(out.shape) === 0) return out
  if (a.columns === 0) {
    new Float32Array(backend.wasm.asm.memory.buffer, to, sizeOf(out.shape)).fill(0)
    return out
  }
  multiplyBatches(kernels, a, b, outer, to)
  return out
}

function multiplyBatches(kernels: KernelModule, a: Operand, b: Operand, outer: readonly number[], to: number): void {
  const batches = sizeOf(outer)
  const aBatches = sizeOf(a.outer)
  const bBatches = sizeOf(b.outer)
  const inOrder = a.columnStride === 4 && a.rowStride === a.columns * 4
  if (bBatches === 1 && aBatches === batches && inOrder) {
    // One matrix for all pairs and rows that follow one another: a single, tall product.
    product(kernels, 1, { ...a, rows: a.rows * batches }, 0, b, 0, to)
  } else if ((aBatches === batches || aBatches === 1) && (bBatches === batches || bBatches === 1)) {
    const aStride = aBatches === 1 ? 0 : a.rows * a.columns * 4
    const bStride = bBatches === 1 ? 0 : b.rows * b.columns * 4
    product(kernels, batches, a, aStride, b, bStride, to)
  } else {
    const aIndices = broadcastIndices(a.outer, outer)
    const bIndices = broadcastIndices(b.outer, outer)
    for (let i = 0; i < batches; i++) {
      const aAt = a.at + aIndices[i]! * a.rows * a.columns * 4
      const bAt = b.at + bIndices[i]! * b.rows * b.columns * 4
      product(kernels, 1, { ...a, at: aAt }, 0, { ...b, at: bAt }, 0, to + i * a.rows * b.columns * 4)
    }
  }
}

function product(
  kernels: KernelModule,
  batches: number,
  a: Operand,
  aStride: number,
  b: Operand,
  bStride: number,
  to: number,
): void {
  const [m, n, k] = [a.rows, b.columns, a.columns]
  if (m <= FEW_ROWS && b.columnStride === 4) {
    for (let i = 0; i < batches; i++) {
      const [aAt, bAt] = [a.at + i * aStride, b.at + i * bStride]
      kernels.gemmFewRows(m, n, k, aAt, a.rowStride, a.columnStride, bAt, to + i * m * n * 4)
    }
    return
  }
  kernels.gemm(
    batches,
    m,
    n,
    k,
    a.at,
    aStride,
    a.rowStride,
    a.columnStride,
    b.at,
    bStride,
    b.rowStride,
    b.columnStride,
    to,
    kernels.scratch,
  )
}

/** For each index of the broadcast axes `to`, flattened, the index in the axes `from`. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): number[] {
  const shape = [...new Array<number>(to.length - from.length).fill(1), ...from]
  let indices = [0]
  for (let axis = 0; axis < to.length; axis++) {
    const size = shape[axis]!
    const steps = Array.from({ length: to[axis]! }, (_, i) => (size === 1 ? 0 : i))
    indices = indices.flatMap((index) => steps.map((step) => index * size + step))
  }
  return indices
}
