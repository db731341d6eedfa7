/** A numpy array: shape, and the elements in C order. Elements are numbers, or anything for an array of objects. */
export interface NumpyArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | readonly unknown[]
}

/** A numpy type: `f` float, `i` and `u` integer, `b` boolean of `size` bytes, `O` objects; `?` one that is not read. */
export interface NumpyType {
  readonly kind: 'f' | 'i' | 'u' | 'b' | 'O' | '?'
  readonly code: string
  readonly size: number
  readonly bigEndian: boolean
}

export function numpyType(code: string): NumpyType {
  const parts = /^[<>=|]?(f[48]|[iu][1248]|b1|O8?)$/.exec(code)
  const kind = (parts?.[1]?.[0] ?? '?') as NumpyType['kind']
  return { kind, code, size: Number(parts?.[1]?.slice(1) || 8), bigEndian: code.startsWith('>') }
}

export function isNumpyArray(value: unknown): value is NumpyArray {
  return typeof value === 'object' && value !== null && 'shape' in value && 'data' in value
}

/** float32 stays float32; every other number becomes float64, which holds integers up to 2^53. */
export function decodeNumpyData(
  shape: unknown,
  type: NumpyType,
  data: Uint8Array | readonly unknown[],
  fortran: boolean,
): NumpyArray | { readonly problem: string; readonly expected: string } {
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    return { expected: 'an array with a shape', problem: 'none' }
  }
  const length = shape.reduce<number>((product, side) => product * side, 1)
  const typeCode = String(type?.code).slice(0, 12)
  if (type?.kind === undefined || type.kind === '?') {
    return { expected: 'arrays of float32, float64, integers, booleans or objects', problem: `type ${typeCode}` }
  }
  if (type.kind === 'O') {
    if (data.length !== length || data instanceof Uint8Array) {
      return { expected: `${length} objects for shape (${shape.join(', ')})`, problem: `${data.length}` }
    }
    return { shape, data: fortran ? cOrder(data, shape, (n) => new Array<unknown>(n)) : data }
  }
  if (!(data instanceof Uint8Array) || data.length !== length * type.size) {
    const expected = `${length * type.size} bytes of ${typeCode} for shape (${shape.join(', ')})`
    return { expected, problem: `${data.length}` }
  }
  const create = (n: number): Float32Array | Float64Array =>
    type.kind === 'f' && type.size === 4 ? new Float32Array(n) : new Float64Array(n)
  const read = elementReader(type, data)
  const values = create(length)
  for (let i = 0; i < length; i++) values[i] = read(i * type.size)
  return { shape, data: fortran ? (cOrder(values, shape, create) as Float32Array | Float64Array) : values }
}

function elementReader({ kind, size, bigEndian }: NumpyType, bytes: Uint8Array): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = !bigEndian
  if (kind === 'f') return size === 4 ? (at) => view.getFloat32(at, little) : (at) => view.getFloat64(at, little)
  const unsigned = kind !== 'i'
  switch (size) {
    case 1:
      return unsigned ? (at) => view.getUint8(at) : (at) => view.getInt8(at)
    case 2:
      return unsigned ? (at) => view.getUint16(at, little) : (at) => view.getInt16(at, little)
    case 4:
      return unsigned ? (at) => view.getUint32(at, little) : (at) => view.getInt32(at, little)
    default:
      return (at) => Number(unsigned ? view.getBigUint64(at, little) : view.getBigInt64(at, little))
  }
}

/** Elements that stand in Fortran order (first index fastest), in C order (last index fastest). */
function cOrder<T extends { [index: number]: unknown; readonly length: number }>(
  values: T | readonly unknown[],
  shape: readonly number[],
  create: (length: number) => T | unknown[],
): T | unknown[] {
  const result = create(values.length)
  for (let c = 0; c < values.length; c++) {
    let rest = c
    let from = 0
    let stride = values.length
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const side = shape[axis]!
      stride /= side
      from += (rest % side) * stride
      rest = Math.floor(rest / side)
    }
    result[c] = values[from]
  }
  return result
}
