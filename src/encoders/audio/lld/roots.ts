export interface Complex {
  readonly re: number
  readonly im: number
}

/** Enough for double precision at the orders that linear prediction uses; convergence is cubic. */
const ITERATIONS = 60
const TOLERANCE = 1e-10

/**
 * All roots of the polynomial c_0 z^n + c_1 z^(n-1) + ... + c_n with real coefficients, c_0 not zero, by Aberth's
 * simultaneous iteration (Aberth 1973): w_k -= N / (1 - N sum_{j != k} 1 / (w_k - w_j)) with N = p(w_k) / p'(w_k).
 */
export function polynomialRoots(coefficients: Float64Array): Complex[] {
  const n = coefficients.length - 1
  // Start on a circle inside the unit circle, off the real axis so that no symmetry keeps a pair of roots from parting.
  const re = Float64Array.from({ length: n }, (_, k) => 0.9 * Math.cos((2 * Math.PI * k) / n + 0.4))
  const im = Float64Array.from({ length: n }, (_, k) => 0.9 * Math.sin((2 * Math.PI * k) / n + 0.4))
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    let largest = 0
    for (let k = 0; k < n; k += 1) {
      const x = re[k]!
      const y = im[k]!
      // Horner for p and its derivative at x + iy.
      let pr = coefficients[0]!
      let pi = 0
      let dr = 0
      let di = 0
      for (let i = 1; i <= n; i += 1) {
        const nextDr = dr * x - di * y + pr
        di = dr * y + di * x + pi
        dr = nextDr
        const nextPr = pr * x - pi * y + coefficients[i]!
        pi = pr * y + pi * x
        pr = nextPr
      }
      let size = dr * dr + di * di
      if (size === 0) continue
      const nr = (pr * dr + pi * di) / size
      const ni = (pi * dr - pr * di) / size
      let sr = 0
      let si = 0
      for (let j = 0; j < n; j += 1) {
        if (j === k) continue
        const ur = x - re[j]!
        const ui = y - im[j]!
        size = ur * ur + ui * ui
        if (size === 0) continue
        sr += ur / size
        si -= ui / size
      }
      const qr = 1 - (nr * sr - ni * si)
      const qi = -(nr * si + ni * sr)
      size = qr * qr + qi * qi
      if (size === 0) continue
      const stepRe = (nr * qr + ni * qi) / size
      const stepIm = (ni * qr - nr * qi) / size
      re[k] = x - stepRe
      im[k] = y - stepIm
      largest = Math.max(largest, Math.abs(stepRe) + Math.abs(stepIm))
    }
    if (largest < TOLERANCE) break
  }
  return Array.from(re, (value, k) => ({ re: value, im: im[k]! }))
}
