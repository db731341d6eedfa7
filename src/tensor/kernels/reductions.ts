import * as tf from '@tensorflow/tfjs'
import { defineKernel, type OneInput, runStock, sizeOf } from './define-kernel.ts'
import type { KernelModule } from './kernel-module.ts'
import { addressOf } from './wasm-backend.ts'

interface ReduceAttributes {
  readonly axis: number | number[] | undefined
  readonly keepDims: boolean
}

/** Sum over neighbouring axes, wherever they stand. tfjs's transposes unless they are the last (every bias gradient). */
export function sumKernel(kernels: KernelModule, stock: tf.KernelConfig): tf.KernelConfig {
  return reduceKernel(tf.Sum, kernels, stock, () => 1)
}

export function meanKernel(kernels: KernelModule, stock: tf.KernelConfig): tf.KernelConfig {
  return reduceKernel(tf.Mean, kernels, stock, (reduced) => 1 / reduced)
}

function reduceKernel(
  name: string,
  kernels: KernelModule,
  stock: tf.KernelConfig,
  scale: (reduced: number) => number,
): tf.KernelConfig {
  return defineKernel<OneInput, ReduceAttributes>(name, (call) => {
    const { inputs, attrs, backend } = call
    const { x } = inputs
    const axes = tf.util.parseAxisParam(attrs.axis as number | number[], x.shape).sort((a, b) => a - b)
    const neighbours = axes.every((axis, i) => i === 0 || axis === axes[i - 1]! + 1)
    if (x.dtype !== 'float32' || !neighbours || axes.length === 0) {
      return runStock(stock, call)
    }
    const [outShape, reduceShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes)
    const shape = attrs.keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape
    const out = backend.makeOutput(shape, 'float32')
    const outer = sizeOf(x.shape.slice(0, axes[0]))
    const inner = sizeOf(x.shape.slice(axes[axes.length - 1]! + 1))
    const reduced = sizeOf(reduceShape)
    kernels.sumMiddleAxis(outer, reduced, inner, addressOf(backend, x), addressOf(backend, out), scale(reduced))
    return out
  })
}
