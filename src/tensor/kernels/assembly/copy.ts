/**
 * Copies `count` pieces of `bytes` each; where they begin is `fromStride` and `toStride` bytes apart. The whole of
 * split and of slicing one axis.
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
