import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFormants, levinson } from '../../../../src/encoders/audio/lld/formants.ts'
import { type Complex, polynomialRoots } from '../../../../src/encoders/audio/lld/roots.ts'
import { createSpectrumAnalyser, hammingWindow } from '../../../../src/encoders/audio/spectrum.ts'
import { steadyVoice } from '../../../support/sounds.ts'

const angle = fc.double({ min: 0.05, max: Math.PI - 0.05, noNaN: true })
const radius = fc.double({ min: 0.3, max: 0.99, noNaN: true })

/** Coefficients of the polynomial with these conjugate pairs and one real root. */
function expand(pairs: readonly Complex[], real: number): Float64Array {
  let coefficients = Float64Array.of(1, -real)
  for (const { re, im } of pairs) {
    const next = new Float64Array(coefficients.length + 2)
    coefficients.forEach((c, k) => {
      next[k]! += c
      next[k + 1]! -= 2 * re * c
      next[k + 2]! += (re * re + im * im) * c
    })
    coefficients = next
  }
  return coefficients
}

describe('polynomialRoots', () => {
  test('finds the roots that a polynomial was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(radius, angle), { minLength: 1, maxLength: 5 }), (polar) => {
        const pairs = polar.map(([r, a]) => ({ re: r * Math.cos(a), im: r * Math.sin(a) }))
        const apart = pairs.every((p, i) =>
          pairs.every((q, j) => i === j || Math.hypot(p.re - q.re, p.im - q.im) > 0.02),
        )
        fc.pre(apart)
        const roots = polynomialRoots(expand(pairs, 0.5))
        for (const pair of pairs) {
          const distance = Math.min(...roots.map((root) => Math.hypot(root.re - pair.re, root.im - pair.im)))
          expect(distance).toBeLessThan(1e-6)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('levinson', () => {
  test('its polynomial solves the normal equations', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 24, maxLength: 40 }), (signal) => {
        const lags = 6
        const r = Float64Array.from({ length: lags + 1 }, (_, l) =>
          signal.reduce((sum, x, n) => sum + x * (signal[n + l] ?? 0), 0),
        )
        fc.pre(r[0]! > 1e-3)
        const a = levinson(r)!
        for (let i = 1; i <= lags; i += 1) {
          const residual = a.reduce((sum, coefficient, j) => sum + coefficient * r[Math.abs(i - j)]!, 0)
          expect(Math.abs(residual) / r[0]!).toBeLessThan(1e-6)
        }
      }),
    )
  })

  test('silence has no predictor', () => {
    expect(levinson(new Float64Array(12))).toBeUndefined()
  })
})

describe('createFormants', () => {
  const analyser = createSpectrumAnalyser(hammingWindow(320), 512, 16_000)
  const formantsOf = createFormants(analyser.bins, analyser.binHz)

  test('finds resonances near 600 and 1500 Hz in a voice that has them', () => {
    const signal = steadyVoice(100, 0.3)
    const difference = signal.map((sample, n) => sample - (signal[n - 1] ?? 0))
    const { hz, firstBandwidth } = formantsOf(analyser.power(difference, 1600))
    expect(Math.abs(hz[0] - 600)).toBeLessThan(100)
    expect(Math.abs(hz[1] - 1500)).toBeLessThan(150)
    expect(hz[2]).toBeGreaterThan(hz[1])
    expect(firstBandwidth).toBeGreaterThan(0)
  })

  test('does not depend on the level, and silence has none', () => {
    const signal = steadyVoice(100, 0.3)
    const loud = formantsOf(analyser.power(signal, 1600))
    const soft = formantsOf(
      analyser.power(
        signal.map((sample) => sample / 64),
        1600,
      ),
    )
    expect(soft.hz[0]).toBeCloseTo(loud.hz[0], 4)
    expect(formantsOf(new Float64Array(257))).toEqual({ hz: [0, 0, 0], firstBandwidth: 0 })
  })
})
