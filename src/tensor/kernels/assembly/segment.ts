/**
 * out[ids[r], :] += x[r, :] for every row r: x [rows, width], out [segments, width] cleared first. Rows whose id is
 * outside of 0 … segments-1 are left away, as TensorFlow does.
 */
export function segmentSum(rows: i32, width: i32, segments: i32, x: usize, ids: usize, out: usize): void {
  const row = <usize>width * 4
  memory.fill(out, 0, <usize>segments * row)
  for (let r = 0; r < rows; r++) {
    const id = load<i32>(ids + (<usize>r << 2))
    if (id >= 0 && id < segments) {
      const to = out + <usize>id * row
      for (let i: usize = 0; i < row; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(x + i))
    }
    x += row
  }
}
