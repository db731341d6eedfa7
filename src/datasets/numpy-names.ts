import { EmographError } from '../errors.ts'
import { decodeNumpyData, type NumpyArray, type NumpyType, numpyType } from './numpy-array.ts'

type Callable = (...args: unknown[]) => unknown

/**
 * The only names that a pickle may use, as fresh functions for each file: what a pickle does to one of them ends with it.
 * numpy's array, type and scalar (their `__reduce__` of numpy 1 and 2), `_codecs.encode`, by which Python 3 writes bytes
 * for protocol 2, and the plain containers.
 */
export function createNumpyNames(file: string): { resolve(module: string, name: string): Callable } {
  const array = (): NumpyArray & { __setstate__(state: unknown): void } => {
    const self = { shape: [] as readonly number[], data: [] as NumpyArray['data'] }
    return Object.assign(self, {
      // (version, shape, type, is Fortran order, bytes or list of objects)
      __setstate__(state: unknown) {
        const [, shape, type, fortran, data] = listOf(state)
        Object.assign(self, decode(shape, type, data, fortran === true || fortran === 1))
      },
    })
  }

  const decode = (shape: unknown, type: unknown, data: unknown, fortran: boolean): NumpyArray => {
    const decoded = decodeNumpyData(shape, type as NumpyType, bytesOf(data), fortran)
    if ('problem' in decoded) {
      throw new EmographError('EMO_FILE_FORMAT', {
        file,
        field: 'pickle',
        expected: decoded.expected,
        got: decoded.problem,
      })
    }
    return decoded
  }

  const names: Record<string, Callable> = {
    'ndarray._reconstruct': array,
    'ndarray.ndarray': array,
    'ndarray._frombuffer': (data, type, shape, order) => decode(shape, type, data, order === 'F'),
    'ndarray.scalar': (type, data) => decode([1], type, data ?? new Uint8Array(), false).data[0],
    'ndarray.dtype': (code) => {
      const type = numpyType(String(code))
      // (version, byte order, …)
      return Object.assign(type, {
        __setstate__: (state: unknown) => Object.assign(type, { bigEndian: listOf(state)[1] === '>' }),
      })
    },
    'codecs.encode': (text) => Uint8Array.from(String(text), (char) => char.charCodeAt(0)),
    'builtin.set': (items) => new Set(listOf(items ?? [])),
    'builtin.frozenset': (items) => new Set(listOf(items ?? [])),
    'builtin.list': (items) => [...listOf(items ?? [])],
    'builtin.tuple': (items) => [...listOf(items ?? [])],
    'builtin.dict': () => new Map(),
    'builtin.bytes': (data) => bytesOf(data ?? new Uint8Array()),
    'builtin.bytearray': (data) => bytesOf(data ?? new Uint8Array()),
  }

  return {
    resolve(module, name) {
      const home = MODULES.get(module)
      const found = home !== undefined && Object.hasOwn(names, `${home}.${name}`) ? names[`${home}.${name}`] : undefined
      if (found !== undefined) return found
      throw new EmographError('EMO_PICKLE_UNSAFE', {
        file,
        field: 'pickle',
        expected: 'numpy arrays and plain containers',
        got: `the name ${`${module}.${name}`.replaceAll(/[^\w.]/g, '?').slice(0, 80)}`,
      })
    },
  }
}

const MODULES: ReadonlyMap<string, string> = new Map([
  ...['numpy', 'numpy.core.multiarray', 'numpy._core.multiarray'].map((module) => [module, 'ndarray'] as const),
  ...['numpy.core.numeric', 'numpy._core.numeric'].map((module) => [module, 'ndarray'] as const),
  ['_codecs', 'codecs'],
  ['builtins', 'builtin'],
  ['__builtin__', 'builtin'],
])

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error('Unexpected end of file: a state that is no tuple.')
}

/** Bytes as they are, Python 2's byte strings back to bytes, lists of objects as they are. */
function bytesOf(value: unknown): Uint8Array | readonly unknown[] {
  if (value instanceof Uint8Array || Array.isArray(value)) return value
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  throw new Error('Unexpected end of file: data that is no bytes.')
}
