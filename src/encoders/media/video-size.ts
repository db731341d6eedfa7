/**
 * The size at which frames are given out: square pixels (an anamorphic recording is widened or narrowed by its sample
 * aspect ratio), and no side longer than `maxSide`.
 */
export function outputSize(
  width: number,
  height: number,
  aspect: { readonly num: number; readonly den: number },
  maxSide: number,
): { width: number; height: number } {
  const known = aspect.num > 0 && aspect.den > 0
  const square = known ? (width * aspect.num) / aspect.den : width
  const scale = Math.min(1, maxSide / Math.max(square, height))
  return { width: Math.max(1, Math.round(square * scale)), height: Math.max(1, Math.round(height * scale)) }
}
