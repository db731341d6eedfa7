/**
 * Times for a format that has none: utterance `index` (from 0) lasts from second `index` to `index + 1`. They hold the
 * order and nothing else.
 */
export function nominalTimes(index: number): { startMs: number; endMs: number } {
  return { startMs: index * 1000, endMs: (index + 1) * 1000 }
}
