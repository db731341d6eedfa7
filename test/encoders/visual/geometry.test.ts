import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  area,
  type Box,
  fromSquare,
  overlap,
  squareAround,
  tilt,
  toSquare,
} from '../../../src/encoders/visual/geometry.ts'

const unit = fc.double({ min: -2, max: 2, noNaN: true })
const pixels = fc.double({ min: -500, max: 500, noNaN: true })
const square = fc.record({
  centre: fc.record({ x: pixels, y: pixels }),
  side: fc.double({ min: 1, max: 400, noNaN: true }),
  angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
})
const box = fc.record({
  x: fc.integer({ min: 0, max: 40 }),
  y: fc.integer({ min: 0, max: 40 }),
  width: fc.integer({ min: 1, max: 30 }),
  height: fc.integer({ min: 1, max: 30 }),
})

test('toSquare is the inverse of fromSquare', () => {
  fc.assert(
    fc.property(square, unit, unit, (crop, u, v) => {
      const back = toSquare(crop, fromSquare(crop, u, v))
      expect(back.u).toBeCloseTo(u, 8)
      expect(back.v).toBeCloseTo(v, 8)
    }),
  )
})

test('a square turned as the eyes are tilted has them level', () => {
  fc.assert(
    fc.property(box, fc.double({ min: -1.4, max: 1.4, noNaN: true }), (face, angle) => {
      const left = { x: face.x, y: face.y }
      const right = { x: face.x + 20 * Math.cos(angle), y: face.y + 20 * Math.sin(angle) }
      expect(tilt(left, right)).toBeCloseTo(angle, 8)
      const crop = squareAround(face, 1.4, tilt(left, right))
      expect(toSquare(crop, left).v).toBeCloseTo(toSquare(crop, right).v, 8)
      expect(crop.side).toBeCloseTo(1.4 * Math.max(face.width, face.height), 8)
    }),
  )
})

/** Intersection over union by counting unit cells. */
function countedOverlap(a: Box, b: Box): number {
  const cells = ({ x, y, width, height }: Box): Set<string> => {
    const all = new Set<string>()
    for (let i = x; i < x + width; i += 1) for (let j = y; j < y + height; j += 1) all.add(`${i},${j}`)
    return all
  }
  const [first, second] = [cells(a), cells(b)]
  const common = [...first].filter((cell) => second.has(cell)).length
  return common / (first.size + second.size - common)
}

test('overlap is intersection over union', () => {
  fc.assert(
    fc.property(box, box, (a, b) => {
      expect(overlap(a, b)).toBeCloseTo(countedOverlap(a, b), 10)
      expect(overlap(a, b)).toBe(overlap(b, a))
      expect(overlap(a, a)).toBe(1)
      expect(area(a)).toBe(a.width * a.height)
    }),
    { numRuns: 50 },
  )
})
