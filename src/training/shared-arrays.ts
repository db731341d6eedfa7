/** Named arrays of numbers in one block of memory that two threads see: weights on their way out, gradients on theirs back. */
export interface SharedArrays {
  readonly buffer: SharedArrayBuffer
  readonly names: readonly string[]
  readonly sizes: readonly number[]
}

/** Memory for arrays of these sizes, in this order. */
export function createSharedArrays(sizes: ReadonlyMap<string, number>): SharedArrays {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  return {
    buffer: new SharedArrayBuffer(total * Float32Array.BYTES_PER_ELEMENT),
    names: [...sizes.keys()],
    sizes: [...sizes.values()],
  }
}

/** A view of each array: what is written to it, the other thread sees. */
export function sharedViews({ buffer, names, sizes }: SharedArrays): Map<string, Float32Array> {
  let offset = 0
  return new Map(
    names.map((name, i) => {
      const view = new Float32Array(buffer, offset * Float32Array.BYTES_PER_ELEMENT, sizes[i]!)
      offset += sizes[i]!
      return [name, view]
    }),
  )
}
