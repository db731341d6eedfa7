/**
 * Copies `count` pieces of `bytes` each; where they begin is `fromStride` and `toStride` bytes apart. The whole of
 * split, slice along the last axes, and of swapping the two middle axes of four.
 */
export function copyPieces(
  count: i32, bytes: usize, from: usize, fromStride: usize, to: usize, toStride: usize,
): void {
  for (let i = 0; i < count; i++) {
    if ((bytes & 3) == 0 && bytes <= 1024) copyWords(bytes, from, to)
    else memory.copy(to, from, bytes)
    from += fromStride
    to += toStride
  }
}

/** Short pieces: a call of memory.copy costs more than the loop. */
function copyWords(bytes: usize, from: usize, to: usize): void {
  const whole = bytes & ~15
  let i: usize = 0
  for (; i < whole; i += 16) v128.store(to + i, v128.load(from + i))
  for (; i < bytes; i += 4) store<u32>(to + i, load<u32>(from + i))
}

/** x [a, b, c, pieces of `bytes`] -> [a, c, b, pieces]: heads to and fro. */
export function swapMiddleAxes(a: i32, b: i32, c: i32, bytes: usize, from: usize, to: usize): void {
  const block = <usize>b * <usize>c * bytes
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < c; j++) {
      copyPieces(b, bytes, from + <usize>j * bytes, <usize>c * bytes, to + <usize>j * <usize>b * bytes, bytes)
    }
    from += block
    to += block
  }
}
