import type * as tf from '@tensorflow/tfjs'
import type { WasmBackend } from './wasm-backend.ts'

/** Inputs of an operation on one tensor. A type: an interface would be no map of names, which tfjs's own types ask for. */
export type OneInput = { readonly x: tf.TensorInfo }

/** What tfjs hands to a kernel; `inputs` by the operation's names for them. */
export interface KernelCall<Inputs, Attributes> {
  readonly inputs: Inputs
  readonly backend: WasmBackend
  readonly attrs: Attributes
}

/** A kernel of the wasm backend with the types of its inputs and attributes. */
export function defineKernel<Inputs extends tf.NamedTensorInfoMap, Attributes extends object = object>(
  kernelName: string,
  run: (call: KernelCall<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return { kernelName, backendName: 'wasm', kernelFunc: run as tf.KernelFunc }
}

/** What tfjs's own kernel gives for the same call, for the cases that ours leaves to it. */
export function runStock<Inputs extends tf.NamedTensorInfoMap, Attributes extends object>(
  stock: tf.KernelConfig,
  call: KernelCall<Inputs, Attributes>,
): tf.TensorInfo | tf.TensorInfo[] {
  return stock.kernelFunc(call as Parameters<tf.KernelFunc>[0])
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
