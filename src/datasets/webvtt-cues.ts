import { EmographError, type ErrorCode, type ErrorPlace } from '../errors.ts'
import type { TextLine } from './text-lines.ts'

const TIME = '(?:(\\d{2,}):)?([0-5]\\d):([0-5]\\d)\\.(\\d{3})'
const TIMING = new RegExp(`^\\s*${TIME}\\s+-->\\s+${TIME}(?:\\s+.*)?$`)

/** One cue of WebVTT (https://www.w3.org/TR/webvtt1/). Times in ms; the end may stand before the start. */
export interface Cue {
  readonly id: string | undefined
  readonly startMs: number
  readonly endMs: number
  /** Its lines, with tags and character references. */
  readonly payload: string
  /** Where its times stand. */
  readonly line: number
}

/** Whether a line is the one that every WebVTT file begins with. */
export const isWebVttHeader = (text: string): boolean => /^WEBVTT(\s|$)/.test(text)

/**
 * The cue of a block, which is the lines between two blank ones; undefined for a note, a style or a region.
 *
 * @throws `code` at `place` for a block without times
 */
export function cueOf(
  block: readonly TextLine[],
  place: ErrorPlace,
  code: ErrorCode = 'EMO_FILE_FORMAT',
): Cue | undefined {
  const first = block[0]!
  if (/^(NOTE|STYLE|REGION)(\s|$)/.test(first.text)) return undefined
  const at = block.findIndex((line) => line.text.includes('-->'))
  const timing = at < 0 || at > 1 ? undefined : block[at]
  const parts = timing && TIMING.exec(timing.text)
  if (!timing || !parts) {
    throw new EmographError(code, {
      ...place,
      line: (timing ?? first).number,
      field: [place.field, 'timing'].filter(Boolean).join('.'),
      expected: 'START --> END with times such as 00:01.500 or 01:02:03.500',
      got: 'something else',
    })
  }
  return {
    id: at === 1 ? first.text.trim() : undefined,
    startMs: milliseconds(parts.slice(1, 5)),
    endMs: milliseconds(parts.slice(5, 9)),
    payload: block
      .slice(at + 1)
      .map((line) => line.text)
      .join('\n'),
    line: timing.number,
  }
}

function milliseconds(parts: readonly (string | undefined)[]): number {
  const [hours, minutes, seconds, ms] = parts.map((part) => Number(part ?? 0)) as [number, number, number, number]
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
}
