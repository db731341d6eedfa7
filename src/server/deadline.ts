/**
 * The value of `work` if it comes within `ms`, `fallback` if it does not; the work itself goes on, and what becomes of it
 * then, an error included, is nobody's concern.
 */
export async function withinDeadline<T, F>(work: Promise<T>, ms: number, fallback: F): Promise<T | F> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<F>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), fallback)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
