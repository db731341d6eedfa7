import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFloat32, encodeFloat32, joinFloat32 } from '../src/float32.ts'

test('numbers are little-endian float32, wherever their bytes lie', () => {
  fc.assert(
    fc.property(fc.float32Array(), fc.nat(7), (values, offset) => {
      const bytes = new Uint8Array(offset + 4 * values.length)
      const view = new DataView(bytes.buffer)
      values.forEach((value, i) => {
        view.setFloat32(offset + 4 * i, value, true)
      })
      expect(decodeFloat32(bytes.subarray(offset))).toEqual(values)
      expect(new Uint8Array(encodeFloat32(values))).toEqual(bytes.slice(offset))
      const part = values.subarray(1)
      expect(decodeFloat32(encodeFloat32(part))).toEqual(part)
    }),
  )
})

test('arrays one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.float32Array()), (parts) => {
      expect([...joinFloat32(parts)]).toEqual(parts.flatMap((part) => [...part]))
    }),
  )
})
