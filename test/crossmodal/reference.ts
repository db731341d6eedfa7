/** Plain-loop second implementations on number[][], one conversation at a time, for equality with the tensor forms. */
export type Matrix = readonly (readonly number[])[]
/** Values of a parameter by its full name. */
export type Values = (name: string) => { readonly shape: readonly number[]; readonly data: ArrayLike<number> }

export const below =
  (values: Values, prefix: string): Values =>
  (name) =>
    values(`${prefix}.${name}`)

export function linear(x: Matrix, values: Values): number[][] {
  const { shape, data } = values('weight')
  const [inner, outer] = shape as [number, number]
  const bias = values('bias').data
  return x.map((row) =>
    Array.from({ length: outer }, (_, o) => {
      let sum = bias[o]!
      for (let i = 0; i < inner; i++) sum += row[i]! * data[i * outer + o]!
      return sum
    }),
  )
}

export function layerNorm(x: Matrix, values: Values): number[][] {
  const [weight, bias] = [values('weight').data, values('bias').data]
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
    return row.map((value, c) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[c]! + bias[c]!)
  })
}

/** `sees(i, j)`: whether query i may see key j. `speakers`: who speaks, for an attention with a bias. */
export function attention(
  query: Matrix,
  keys: Matrix,
  sees: (i: number, j: number) => boolean,
  values: Values,
  heads: number,
  speakers?: readonly number[],
): number[][] {
  const bias = (h: number, i: number, j: number): number => {
    if (speakers === undefined) return 0
    const slope = Math.log1p(Math.exp(values('distanceSlope').data[h]!)) / 2
    return (speakers[i] === speakers[j] ? values('speakerBias').data[h]! : 0) - slope * Math.abs(i - j)
  }
  const [q, k, v] = [
    linear(query, below(values, 'query')),
    linear(keys, below(values, 'key')),
    linear(keys, below(values, 'value')),
  ]
  const width = q[0]!.length
  const size = width / heads
  const joined = q.map((row, i) => {
    const out = new Array<number>(width).fill(0)
    for (let h = 0; h < heads; h++) {
      const scores = new Map<number, number>()
      k.forEach((key, j) => {
        if (!sees(i, j)) return
        let dot = 0
        for (let c = h * size; c < (h + 1) * size; c++) dot += row[c]! * key[c]!
        scores.set(j, Math.exp(dot / Math.sqrt(size) + bias(h, i, j)))
      })
      const total = [...scores.values()].reduce((sum, score) => sum + score, 0)
      for (const [j, score] of scores) {
        for (let c = h * size; c < (h + 1) * size; c++) out[c]! += (score / total) * v[j]![c]!
      }
    }
    return out
  })
  return linear(joined, below(values, 'output'))
}

export function crossmodalTransformer(
  x: Matrix,
  keys: Matrix | undefined,
  sees: (i: number, j: number) => boolean,
  values: Values,
  options: { heads: number; layers: number },
): number[][] {
  const scaled = (m: Matrix) => m.map((row) => row.map((value) => value * Math.sqrt(row.length)))
  let z = scaled(x)
  for (let layer = 0; layer < options.layers; layer++) {
    const own = below(values, `${layer}`)
    const norm = below(own, 'attentionNorm')
    const attended = attention(
      layerNorm(z, norm),
      layerNorm(keys === undefined ? z : scaled(keys), norm),
      sees,
      below(own, 'attention'),
      options.heads,
    )
    z = plus(z, attended)
    const inner = linear(layerNorm(z, below(own, 'feedForwardNorm')), below(own, 'feedForward.inner'))
    const active = inner.map((row) => row.map((value) => Math.max(0, value)))
    z = plus(z, linear(active, below(own, 'feedForward.outer')))
  }
  return layerNorm(z, below(values, 'norm'))
}

const plus = (a: Matrix, b: Matrix): number[][] => a.map((row, i) => row.map((value, c) => value + b[i]![c]!))
