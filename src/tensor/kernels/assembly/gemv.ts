import { multiplyAdd } from './simd'

/**
 * C = A·B for a few rows of A (labelling one utterance): A [m, k] with byte strides, B [k, n] and C [m, n] contiguous.
 * B is read once a row of A, in order, and never packed: with so few rows the product only waits for memory.
 */
export function gemmFewRows(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, aDepth: usize, b: usize, c: usize,
): void {
  const row = <usize>n * 4
  for (let i = 0; i < m; i++) {
    memory.fill(c, 0, row)
    let at = a
    let from = b
    let p = 0
    for (; p + 4 <= k; p += 4) {
      addFourRows(n, at, aDepth, from, row, c)
      at += aDepth * 4
      from += row * 4
    }
    for (; p < k; p++) {
      addRow(n, load<f32>(at), from, c)
      at += aDepth
      from += row
    }
    a += aRow
    c += row
  }
}

/** c += a0·b0 + a1·b1 + a2·b2 + a3·b3, four rows of B at once: c is read and written once for four. */
function addFourRows(n: i32, a: usize, aDepth: usize, b: usize, row: usize, c: usize): void {
  const a0 = load<f32>(a)
  const a1 = load<f32>(a + aDepth)
  const a2 = load<f32>(a + aDepth * 2)
  const a3 = load<f32>(a + aDepth * 3)
  const x0 = f32x4.splat(a0)
  const x1 = f32x4.splat(a1)
  const x2 = f32x4.splat(a2)
  const x3 = f32x4.splat(a3)
  const b1 = b + row
  const b2 = b1 + row
  const b3 = b2 + row
  const whole = (<usize>n & ~3) * 4
  let j: usize = 0
  for (; j < whole; j += 16) {
    let sum = multiplyAdd(x0, v128.load(b + j), v128.load(c + j))
    sum = multiplyAdd(x1, v128.load(b1 + j), sum)
    sum = multiplyAdd(x2, v128.load(b2 + j), sum)
    v128.store(c + j, multiplyAdd(x3, v128.load(b3 + j), sum))
  }
  for (; j < row; j += 4) {
    const sum = load<f32>(c + j) + a0 * load<f32>(b + j) + a1 * load<f32>(b1 + j) + a2 * load<f32>(b2 + j)
    store<f32>(c + j, sum + a3 * load<f32>(b3 + j))
  }
}

function addRow(n: i32, a: f32, b: usize, c: usize): void {
  const row = <usize>n * 4
  for (let j: usize = 0; j < row; j += 4) store<f32>(c + j, load<f32>(c + j) + a * load<f32>(b + j))
}
