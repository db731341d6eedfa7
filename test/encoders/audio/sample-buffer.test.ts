import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleBuffer } from '../../../src/encoders/audio/sample-buffer.ts'

test('holds what was pushed and not dropped, at its index in the stream', () => {
  const step = fc.record({ push: fc.nat(50), keep: fc.nat(60) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.array(step, { maxLength: 40 }), (capacity, steps) => {
      const buffer = createSampleBuffer(capacity)
      let pushed = 0
      for (const { push, keep } of steps) {
        buffer.push(Float32Array.from({ length: push }, (_, k) => pushed + k))
        pushed += push
        expect(buffer.end).toBe(pushed)
        buffer.dropBefore(pushed - keep)
        buffer.samples().forEach((sample, k) => {
          expect(sample).toBe(buffer.origin + k)
        })
        expect(buffer.samples()).toHaveLength(buffer.end - buffer.origin)
        expect(buffer.end - buffer.origin).toBeLessThanOrEqual(keep)
      }
    }),
  )
})
