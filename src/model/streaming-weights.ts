import { readFileSync } from 'node:fs'
import type * as tf from '@tensorflow/tfjs'
import { instantiateKernels, KERNELS_URL } from '../tensor/kernels/kernel-module.ts'

/** One utterance's vector. */
export type Row = Float32Array

/**
 * A model's weights laid out for one row at a time. Streaming multiplies single rows: reading the weights is all the
 * work there is, and a tensor library's cost for each operation (five microseconds, a thousand times) would be most of
 * the latency. Rows are plain arrays; products run in our WebAssembly kernels on a memory of their own, into which the
 * weights are copied once and which all conversations share.
 */
export interface StreamingWeights {
  /** x·W, x [in] → a new [out]. `matrix`: which of a stack [R, in, out]. */
  product(x: Row, name: string, matrix?: number): Row
  /** x·W + b of the layer `prefix`. */
  linear(x: Row, prefix: string): Row
  /** A vector by name, or row `index` of a matrix; not to be written to. */
  vector(name: string, index?: number): Row
}

/**
 * Copies the values of a model's variables; changing the variables later changes nothing here.
 * `kernels`: where the built module is; when it is not there, products run in JavaScript, several times slower.
 */
export function createStreamingWeights(
  variables: ReadonlyMap<string, tf.Variable>,
  kernels: URL | undefined = KERNELS_URL,
): StreamingWeights {
  const shapes = new Map([...variables].map(([name, { shape }]) => [name, shape]))
  const widest = Math.max(...[...shapes.values()].flat())
  const numbers = [...variables.values()].reduce((sum, { size }) => sum + size, 2 * widest)
  const memory = new WebAssembly.Memory({ initial: Math.ceil((numbers * 4) / 65536) })
  const heap = new Float32Array(memory.buffer)
  const multiply = kernels === undefined ? multiplyInJs(heap) : (multiplyInWasm(memory, kernels) ?? multiplyInJs(heap))

  // The heap: a row in, a row out, then every variable.
  const output = widest
  const starts = new Map<string, number>()
  let end = 2 * widest
  for (const [name, variable] of variables) {
    starts.set(name, end)
    heap.set(variable.dataSync<'float32'>(), end)
    end += variable.size
  }
  const startOf = (name: string): number => {
    const start = starts.get(name)
    if (start === undefined) throw unknown(name)
    return start
  }

  const views = new Map<string, Row>()
  for (const [name, { size }] of variables) views.set(name, heap.subarray(startOf(name), startOf(name) + size))
  const vector = (name: string, index?: number): Row => {
    const view = views.get(name)
    if (view === undefined) throw unknown(name)
    if (index === undefined) return view
    const width = shapes.get(name)!.at(-1)!
    return view.subarray(index * width, (index + 1) * width)
  }
  const product = (x: Row, name: string, matrix = 0): Row => {
    const [inner, outer] = shapes.get(name)!.slice(-2) as [number, number]
    heap.set(x, 0)
    multiply(inner, outer, startOf(name) + matrix * inner * outer, output)
    return heap.slice(output, output + outer)
  }
  return {
    product,
    vector,
    linear: (x, prefix) => addTo(product(x, `${prefix}.weight`), vector(`${prefix}.bias`)),
  }
}

const unknown = (name: string): Error => new Error(`the model has no parameter ${name}`)

/** Row at 0 times the matrix [inner, outer] at `matrix` to `output`; positions count numbers. */
type Multiply = (inner: number, outer: number, matrix: number, output: number) => void

function multiplyInWasm(memory: WebAssembly.Memory, url: URL): Multiply | undefined {
  let bytes: BufferSource
  try {
    bytes = readFileSync(url)
  } catch {
    return undefined // not built
  }
  const { gemmFewRows } = instantiateKernels(bytes, memory)
  return (inner, outer, matrix, output) => gemmFewRows(1, outer, inner, 0, inner * 4, 4, matrix * 4, output * 4)
}

function multiplyInJs(heap: Float32Array): Multiply {
  return (inner, outer, matrix, output) => {
    heap.fill(0, output, output + outer)
    for (let p = 0; p < inner; p++) {
      const x = heap[p]!
      const row = matrix + p * outer
      for (let j = 0; j < outer; j++) heap[output + j]! += x * heap[row + j]!
    }
  }
}

/** x += y, in place; gives x. */
export function addTo(x: Row, y: Row): Row {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!
  return x
}

/** In place; gives x. `slope` for negative numbers: 0 is ReLU. */
export function relu(x: Row, slope = 0): Row {
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i]! *= slope
  return x
}

/** x times a number, into a new row. */
export function scaled(x: Row, factor: number): Row {
  const product = new Float32Array(x.length)
  for (let i = 0; i < x.length; i++) product[i] = x[i]! * factor
  return product
}

/** In place, stable; gives x. */
export function softmax(x: Row): Row {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < x.length; i++) if (x[i]! > largest) largest = x[i]!
  let sum = 0
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.exp(x[i]! - largest)
    sum += x[i]!
  }
  for (let i = 0; i < x.length; i++) x[i]! /= sum
  return x
}

/** layerNorm of one row: (x - mean) / sqrt(var + 1e-5) * weight + bias, into a new row. */
export function layerNormRow(x: Row, weights: StreamingWeights, prefix: string): Row {
  const count = x.length
  let mean = 0
  for (let i = 0; i < count; i++) mean += x[i]!
  mean /= count
  let variance = 0
  for (let i = 0; i < count; i++) variance += (x[i]! - mean) * (x[i]! - mean)
  const factor = 1 / Math.sqrt(variance / count + 1e-5)
  const weight = weights.vector(`${prefix}.weight`)
  const bias = weights.vector(`${prefix}.bias`)
  const normed = new Float32Array(count)
  for (let i = 0; i < count; i++) normed[i] = (x[i]! - mean) * factor * weight[i]! + bias[i]!
  return normed
}
