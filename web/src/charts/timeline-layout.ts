import type { ShownUtterance } from '../state/conversation-state.ts'
import { conversationEnd } from '../state/figures.ts'

export interface TimelineSegment {
  readonly label: string
  readonly y: number
  readonly height: number
}

/** One utterance: its probabilities, stacked. */
export interface TimelineColumn {
  readonly utterance: ShownUtterance
  readonly x: number
  readonly width: number
  readonly segments: readonly TimelineSegment[]
}

export interface TimelineLane {
  readonly participant: string
  readonly y: number
  readonly columns: readonly TimelineColumn[]
}

export interface TimelineLayout {
  readonly width: number
  readonly height: number
  readonly lanes: readonly TimelineLane[]
  readonly ticks: readonly { readonly x: number; readonly ms: number }[]
}

export interface TimelineOptions {
  /** Pixels that there are; a long conversation takes more and scrolls. */
  readonly width: number
  readonly laneHeight: number
  /** Above each lane, for its speaker's name and the labels' signs. */
  readonly laneHead: number
  readonly axisHeight: number
}

/** Below this a minute cannot be read any more: 2 px a second. */
const LEAST_PIXELS_PER_MS = 0.002
const LEAST_COLUMN = 5
/** A conversation that has just begun fills not the whole width with its first words. */
const SHORTEST_MS = 30_000
const TICKS_MS = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000] as const
const LEAST_TICK = 64
/** A tick nearer to the end would have its time cut off. */
const TICK_TEXT = 48

/** Where everything of the timeline stands, in pixels: a lane for each participant, a column for each utterance. */
export function layOutTimeline(
  utterances: readonly ShownUtterance[],
  participants: readonly string[],
  options: TimelineOptions,
): TimelineLayout {
  const spanMs = Math.max(SHORTEST_MS, conversationEnd(utterances))
  const scale = Math.max(LEAST_PIXELS_PER_MS, options.width / spanMs)
  const width = Math.max(options.width, Math.ceil(spanMs * scale))
  const pitch = options.laneHead + options.laneHeight
  const lanes = participants.map((participant, i): TimelineLane => {
    const y = i * pitch + options.laneHead
    const own = utterances.filter((utterance) => utterance.participant === participant && utterance.label !== undefined)
    return { participant, y, columns: own.map((utterance) => columnOf(utterance, scale, width, y, options.laneHeight)) }
  })
  const every = TICKS_MS.find((ms) => ms * scale >= LEAST_TICK) ?? TICKS_MS.at(-1)!
  const count = Math.floor((width - TICK_TEXT) / (every * scale)) + 1
  const ticks = Array.from({ length: count }, (_, i) => ({ x: i * every * scale, ms: i * every }))
  return { width, height: participants.length * pitch + options.axisHeight, lanes, ticks }
}

function columnOf(
  utterance: ShownUtterance,
  scale: number,
  widest: number,
  top: number,
  height: number,
): TimelineColumn {
  const length = ((utterance.endMs ?? utterance.startMs) - utterance.startMs) * scale
  // A hairline between neighbours; what is shorter than the least still can be seen and hit.
  const width = Math.max(LEAST_COLUMN, length - 1)
  const x = Math.min(utterance.startMs * scale, widest - width)
  let below = top + height
  // The label itself stands at the bottom, so that heights can be compared.
  const stacked = utterance.probabilities.toSorted(
    (a, b) => Number(b.name === utterance.label) - Number(a.name === utterance.label),
  )
  const segments = stacked.map(({ name, probability }): TimelineSegment => {
    below -= probability * height
    return { label: name, y: below, height: probability * height }
  })
  return { utterance, x, width, segments }
}
