import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNumpyArray, type NumpyArray } from '../../src/datasets/numpy-array.ts'
import { readNumpyPickle } from '../../src/datasets/numpy-pickle.ts'
import { isEmographError } from '../../src/errors.ts'
import { expectError } from '../support/errors.ts'

const HOME = join(import.meta.dirname, '../fixtures/pickles')
const expected = JSON.parse(await readFile(join(HOME, 'expected.json'), 'utf8')).arrays

/** As numpy's tolist() gives it. */
function nested({ shape, data }: NumpyArray): unknown {
  const build = (axis: number, from: number, stride: number): unknown => {
    const value = data[from]
    if (axis === shape.length) return typeof value === 'number' && Number.isNaN(value) ? null : value
    const step = stride / shape[axis]!
    return Array.from({ length: shape[axis]! }, (_, i) => build(axis + 1, from + i * step, step))
  }
  return build(0, 0, data.length)
}

describe('numpy arrays in pickles', () => {
  it.each([2, 4, 5])('are what numpy wrote, protocol %i', async (protocol) => {
    const all = (await readNumpyPickle(join(HOME, `arrays-p${protocol}.pkl`))) as Map<string, unknown[]>
    expect([...all.keys()]).toEqual(Object.keys(expected))
    for (const [name, [array, float, integer, set]] of all) {
      expect(isNumpyArray(array), name).toBe(true)
      const truth = expected[name]
      expect(nested(array as NumpyArray), name).toEqual(
        name === '|b1' ? truth.map((r: boolean[]) => r.map(Number)) : truth,
      )
      expect([float, integer, set]).toEqual([1.5, -7, new Set([1])])
    }
    expect((all.get('<f4')![0] as NumpyArray).data).toBeInstanceOf(Float32Array)
    expect((all.get('empty')![0] as NumpyArray).shape).toEqual([0, 4])
  })
})

describe('a pickle that is not only data', () => {
  it.each(['os-system', 'eval', 'own-class', 'numpy-load', 'numpy-attribute', 'persistent', 'extension'])(
    'is refused: %s',
    async (name) => {
      const file = join(HOME, `refused-${name}.pkl`)
      await expectError(() => readNumpyPickle(file), 'EMO_PICKLE_UNSAFE', file)
      expect(existsSync('/tmp/emograph-was-here')).toBe(false)
    },
  )

  it('is refused by the name that it uses', async () => {
    await expectError(() => readNumpyPickle(join(HOME, 'refused-os-system.pkl')), 'EMO_PICKLE_UNSAFE', 'posix.system')
  })
})

describe('a broken pickle', () => {
  it('ends in a coded error wherever it is cut off and whatever byte is changed', async () => {
    const whole = await readFile(join(HOME, 'iemocap-p2.pkl'))
    const folder = await mkdtemp(join(tmpdir(), 'emograph-pickle-'))
    const file = join(folder, 'broken.pkl')
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
          const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole).fill(byte, at, at + 1)
          await writeFile(file, bytes)
          // A changed byte may be one of a number, and then the file is whole: but nothing else may come than an object or our error.
          await readNumpyPickle(file).then(
            () => expect(cut).toBe(false),
            (error) => expect(isEmographError(error)).toBe(true),
          )
        }),
        { numRuns: 300 },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

const numpy = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import numpy'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!numpy)(`numpy itself${numpy ? '' : ' [skipped: no /usr/bin/python3 with numpy]'}`, () => {
  it('agrees on arrays of any numbers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emograph-numpy-'))
    try {
      const script = `
import json, pickle, sys
import numpy as np
rng = np.random.default_rng(int(sys.argv[1]))
arrays = [rng.normal(size=tuple(rng.integers(0, 5, rng.integers(1, 4)))).astype(t) for t in ('<f4', '<f8', '>f8') for _ in range(20)]
arrays += [np.asfortranarray(a) for a in arrays[:20]] + [np.array([np.inf, -np.inf])[:0]]
pickle.dump(arrays, open(sys.argv[2] + '/a.pkl', 'wb'), int(sys.argv[3]))
json.dump([[list(a.shape), a.ravel().astype(float).tolist()] for a in arrays], open(sys.argv[2] + '/a.json', 'w'))`
      for (const protocol of [0, 2, 4]) {
        execFileSync('/usr/bin/python3', ['-c', script, String(protocol + 7), folder, String(protocol)])
        const arrays = (await readNumpyPickle(join(folder, 'a.pkl'))) as NumpyArray[]
        const truth = JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))
        expect(arrays.map(({ shape, data }) => [shape, Array.from(data)])).toEqual(truth)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
