import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleRing } from '../../../src/server/media/sample-ring.ts'
import { join } from '../../support/sounds.ts'
import { asFloats, placed, sameBytes } from './frames.ts'

test('keeps the newest samples and silence, whatever their pieces', () => {
  const piece = fc.record({ count: fc.nat(40_000), silent: fc.boolean() })
  fc.assert(
    fc.property(fc.nat(10_000), fc.array(piece, { minLength: 1, maxLength: 12 }), (start, parts) => {
      const capacity = 45_000
      const ring = createSampleRing(capacity)
      const all: Float32Array[] = []
      let at = start
      for (const { count, silent } of parts) {
        if (silent) ring.silence(at, count)
        else ring.write(at, placed(at, at + count))
        all.push(silent ? new Float32Array(count) : asFloats(placed(at, at + count)))
        at += count
      }
      expect([ring.first, ring.end]).toEqual([start, at])
      expect(ring.oldest).toBe(Math.max(start, at - capacity))
      expect(sameBytes(ring.read(ring.oldest, at), join(all).slice(-capacity))).toBe(true)
      expect(() => ring.read(ring.oldest - 1, at)).toThrow('not kept')
      expect(() => ring.read(ring.oldest, at + 1)).toThrow('not kept')
    }),
    { numRuns: 40 },
  )
})

test('sound goes on where it ended', () => {
  const ring = createSampleRing(1_000)
  ring.write(500, new Int16Array(10))
  expect(() => ring.write(511, new Int16Array(1))).toThrow('go on')
})
