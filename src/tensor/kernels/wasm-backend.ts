import type * as tf from '@tensorflow/tfjs'

/** What a tensor is on the heap of the wasm backend. */
export interface TensorData {
  id: number
  /** Bytes from the heap's beginning; beyond 2 GB on a large heap, so shift with `>>>`. */
  readonly memoryOffset: number
  readonly shape: number[]
  readonly dtype: tf.DataType
  refCount: number
}

/** tfjs's wasm backend with the parts that our kernels use (4.22; `dataIdNextNumber` is private in its own types). */
export interface WasmBackend extends tf.KernelBackend {
  readonly dataIdMap: { get(dataId: object): TensorData }
  dataIdNextNumber: number
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory }
    _malloc(bytes: number): number
    _free(pointer: number): void
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void
      disposeData(id: number): void
    }
  }
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo
}

/** Address of a tensor's first byte. */
export function addressOf(backend: WasmBackend, tensor: { dataId: object }): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset
}

/** Another tensor of the same data, not copied: the data lives until every tensor that shares it is disposed. */
export function share(backend: WasmBackend, x: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(x.dataId)
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
}

/**
 * To be called after numbers were changed in place: gives the data a new id, upon which tfjs forgets what it has kept
 * of them (XNNPACK's packed weights).
 */
export function announceChange(backend: WasmBackend, tensor: { dataId: object; size: number }): void {
  const data = backend.dataIdMap.get(tensor.dataId)
  backend.wasm.tfjs.disposeData(data.id)
  data.id = backend.dataIdNextNumber++
  backend.wasm.tfjs.registerTensor(data.id, tensor.size, data.memoryOffset)
}
