import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEmographError } from '../../src/errors.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../src/model/safetensors.ts'
import { expectError } from '../support/errors.ts'

const tensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), fc.boolean(), fc.nat())
  .map(([shape, floats, seed]) => {
    const size = shape.reduce((product, length) => product * length, 1)
    const values = Array.from({ length: size }, (_, i) => ((seed + i * 7919) % 2001) - 1000)
    return { shape, data: floats ? Float32Array.from(values, (v) => v / 3) : Int32Array.from(values) }
  })
/** Not a name of JavaScript's own, which a parsed record leaves out for safety. */
const name = fc.string().filter((name) => name !== '__metadata__' && name !== '__proto__')
const files = fc.dictionary(name, tensor, { noNullPrototype: true })

/** A file whose header is given as text. */
function raw(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
const entry = (dtype: string, shape: number[], from: number, to: number) => ({ dtype, shape, data_offsets: [from, to] })

describe('safetensors', () => {
  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(files, fc.dictionary(name, fc.string(), { noNullPrototype: true }), (tensors, metadata) => {
        const bytes = writeSafetensors(Object.entries(tensors), metadata)
        const back = readSafetensors(bytes, 'x')
        expect(Object.fromEntries(back.tensors)).toEqual(tensors)
        expect(back.metadata).toEqual(metadata)
      }),
    )
  })

  it('reads a file that PyTorch’s library wrote, and writes it so that nothing is lost', () => {
    const file = join(import.meta.dirname, '../fixtures/reference_at_n14.safetensors')
    const { tensors, metadata } = readSafetensors(readFileSync(file), file)
    expect(tensors.get('input/text')!.shape).toEqual([14, 16])
    expect(Array.from(tensors.get('input/label')!.data.slice(0, 6))).toEqual([3, 0, 0, 5, 1, 5])
    expect(readSafetensors(writeSafetensors(tensors, metadata), 'x').tensors).toEqual(tensors)
  })

  it('reads 64-bit integers that fit, and refuses those that do not', async () => {
    const file = (value: bigint) =>
      raw(JSON.stringify({ a: entry('I64', [1], 0, 8) }), new Uint8Array(new BigInt64Array([value]).buffer))
    expect(readSafetensors(file(-5n), 'x').tensors.get('a')!.data).toEqual(new Int32Array([-5]))
    await expectError(() => readSafetensors(file(2n ** 40n), 'x'), 'EMO_SAFETENSORS_DATA', 'at x, field a')
  })

  it('refuses every truncation and any random bytes with a code', () => {
    const whole = writeSafetensors([['a', { shape: [2], data: new Float32Array([1, 2]) }]], { k: 'v' })
    for (let length = 0; length < whole.length; length++) {
      const error = caught(() => readSafetensors(whole.subarray(0, length), 'x'))
      expect(isEmographError(error), `${length} bytes`).toBe(true)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, framed) => {
        const error = caught(() => readSafetensors(framed ? raw('', bytes) : bytes, 'x'))
        expect(isEmographError(error)).toBe(true)
      }),
    )
  })

  it.each([
    ['EMO_SAFETENSORS_HEADER', '[]', 'a JSON object'],
    ['EMO_SAFETENSORS_HEADER', '{"a"', 'a JSON object'],
    ['EMO_SAFETENSORS_HEADER', JSON.stringify({ a: entry('F16', [0], 0, 0) }), 'field a'],
    ['EMO_SAFETENSORS_HEADER', JSON.stringify({ a: { dtype: 'F32' } }), 'field a'],
    ['EMO_SAFETENSORS_HEADER', JSON.stringify({ a: entry('F32', [-1], 0, 0) }), 'field a'],
    ['EMO_SAFETENSORS_HEADER', '{"__metadata__":{"a":1}}', '__metadata__'],
    ['EMO_SAFETENSORS_DATA', JSON.stringify({ a: entry('F32', [1], 0, 4) }), 'expected 4 bytes of data, got 0'],
    ['EMO_SAFETENSORS_DATA', JSON.stringify({ a: entry('F32', [2], 0, 4) }), 'expected 8 bytes'],
    ['EMO_SAFETENSORS_DATA', JSON.stringify({ a: entry('F32', [], 4, 8) }), 'from byte 4'],
  ] as const)('refuses with %s: %s', async (code, header, words) => {
    await expectError(() => readSafetensors(raw(header), 'x'), code, words)
  })

  it('refuses tensors that overlap', async () => {
    const header = JSON.stringify({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) })
    await expectError(() => readSafetensors(raw(header, new Uint8Array(4)), 'x'), 'EMO_SAFETENSORS_DATA')
  })
})

function caught(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error
  }
  return undefined
}
