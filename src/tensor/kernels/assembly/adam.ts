/**
 * One step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019) in place, as torch.optim computes it:
 *
 *   g = gradientScale·gradient + coupledDecay·w
 *   m = β1·m + (1-β1)·g,  v = β2·v + (1-β2)·g²
 *   w = keep·w - rate·m / (√v·rootScale + ε)
 *
 * with keep = 1 - lr·λ (AdamW; 1 in Adam), rate = lr / (1-β1^t), rootScale = 1/√(1-β2^t), rest = 1 - β: all computed
 * by the caller in double precision, in which 1 - .999 loses nothing.
 */
export function adam(
  count: i32, w: usize, gradient: usize, m: usize, v: usize,
  gradientScale: f32, coupledDecay: f32, keep: f32, rate: f32, rootScale: f32, epsilon: f32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32,
): void {
  const scale4 = f32x4.splat(gradientScale)
  const decay4 = f32x4.splat(coupledDecay)
  const keep4 = f32x4.splat(keep)
  const rate4 = f32x4.splat(rate)
  const root4 = f32x4.splat(rootScale)
  const beta1s = f32x4.splat(beta1)
  const beta2s = f32x4.splat(beta2)
  const rest1s = f32x4.splat(rest1)
  const rest2s = f32x4.splat(rest2)
  const epsilon4 = f32x4.splat(epsilon)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const weight = v128.load(w)
    const g = f32x4.add(f32x4.mul(scale4, v128.load(gradient)), f32x4.mul(decay4, weight))
    const mean = f32x4.add(f32x4.mul(beta1s, v128.load(m)), f32x4.mul(rest1s, g))
    const square = f32x4.add(f32x4.mul(beta2s, v128.load(v)), f32x4.mul(rest2s, f32x4.mul(g, g)))
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), root4), epsilon4)
    v128.store(m, mean)
    v128.store(v, square)
    v128.store(w, f32x4.sub(f32x4.mul(keep4, weight), f32x4.div(f32x4.mul(rate4, mean), root)))
    w += 16
    gradient += 16
    m += 16
    v += 16
  }
  for (; i < count; i++) {
    const weight = load<f32>(w)
    const g = gradientScale * load<f32>(gradient) + coupledDecay * weight
    const mean = beta1 * load<f32>(m) + rest1 * g
    const square = beta2 * load<f32>(v) + rest2 * (g * g)
    store<f32>(m, mean)
    store<f32>(v, square)
    store<f32>(w, keep * weight - (rate * mean) / (Mathf.sqrt(square) * rootScale + epsilon))
    w += 4
    gradient += 4
    m += 4
    v += 4
  }
}
