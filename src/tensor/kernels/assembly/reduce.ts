import { sumLanes } from './simd'

/** out[o, i] = scale · Σ_r x[o, r, i], x [outer, reduced, inner] contiguous. */
export function sumMiddleAxis(outer: i32, reduced: i32, inner: i32, x: usize, out: usize, scale: f32): void {
  if (inner == 1) sumLastAxis(outer, reduced, x, out, scale)
  else sumRows(outer, reduced, inner, x, out, scale)
}

/** Four running sums of four lanes: faster than one, and the rounding error grows with a sixteenth of the length. */
function sumLastAxis(outer: i32, reduced: i32, x: usize, out: usize, scale: f32): void {
  for (let o = 0; o < outer; o++) {
    let s0 = f32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let r = 0
    for (; r + 16 <= reduced; r += 16) {
      s0 = f32x4.add(s0, v128.load(x))
      s1 = f32x4.add(s1, v128.load(x, 16))
      s2 = f32x4.add(s2, v128.load(x, 32))
      s3 = f32x4.add(s3, v128.load(x, 48))
      x += 64
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)))
    for (; r < reduced; r++) {
      sum += load<f32>(x)
      x += 4
    }
    store<f32>(out, sum * scale)
    out += 4
  }
}

/** The gradient of a bias: rows added into one, the sums kept in the output, four rows at a time. */
function sumRows(outer: i32, reduced: i32, inner: i32, x: usize, out: usize, scale: f32): void {
  const row = <usize>inner * 4
  for (let o = 0; o < outer; o++) {
    memory.fill(out, 0, row)
    let r = 0
    for (; r + 4 <= reduced; r += 4) {
      addFourRows(inner, x, row, out)
      x += row * 4
    }
    for (; r < reduced; r++) {
      for (let i: usize = 0; i < row; i += 4) store<f32>(out + i, load<f32>(out + i) + load<f32>(x + i))
      x += row
    }
    if (scale != 1) for (let i: usize = 0; i < row; i += 4) store<f32>(out + i, load<f32>(out + i) * scale)
    out += row
  }
}

function addFourRows(inner: i32, x: usize, row: usize, out: usize): void {
  const x1 = x + row
  const x2 = x1 + row
  const x3 = x2 + row
  const whole = (<usize>inner & ~3) * 4
  let i: usize = 0
  for (; i < whole; i += 16) {
    const low = f32x4.add(v128.load(x + i), v128.load(x1 + i))
    const high = f32x4.add(v128.load(x2 + i), v128.load(x3 + i))
    v128.store(out + i, f32x4.add(v128.load(out + i), f32x4.add(low, high)))
  }
  for (; i < row; i += 4) {
    const low = load<f32>(x + i) + load<f32>(x1 + i)
    const high = load<f32>(x2 + i) + load<f32>(x3 + i)
    store<f32>(out + i, load<f32>(out + i) + (low + high))
  }
}

/** Σ x², in double precision: the part of one gradient in the norm of all. */
export function sumOfSquares(count: i32, x: usize): f64 {
  let low = f64x2.splat(0)
  let high = low
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const value = v128.load(x)
    const first = f64x2.promote_low_f32x4(value)
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3))
    low = f64x2.add(low, f64x2.mul(first, first))
    high = f64x2.add(high, f64x2.mul(second, second))
    x += 16
  }
  const both = f64x2.add(low, high)
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
  for (; i < count; i++) {
    const value = <f64>load<f32>(x)
    sum += value * value
    x += 4
  }
  return sum
}

/** x[r, :] += row, x [rows, width]. */
export function addRow(rows: i32, width: i32, row: usize, x: usize): void {
  const whole = (<usize>width & ~3) * 4
  const bytes = <usize>width * 4
  for (let r = 0; r < rows; r++) {
    let i: usize = 0
    for (; i < whole; i += 16) v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(row + i)))
    for (; i < bytes; i += 4) store<f32>(x + i, load<f32>(x + i) + load<f32>(row + i))
    x += bytes
  }
}
