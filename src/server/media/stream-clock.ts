/** What arrival times say of one stream's clock. */
export interface ClockEstimate {
  /** Server time at which media of time 0 would have come by the fastest way, in ms; the way itself included. */
  readonly offsetMs: number
  /** By how much the stream's clock runs fast (+) against the server's, in millionths. */
  readonly driftPpm: number
  /** How much later than the fastest frames the slowest came. */
  readonly jitterMs: number
}

/** Follows the clock of one stream (a participant's audio, or pictures) by when its frames come. */
export interface StreamClock {
  /** @param mediaMs when the frame was whole by its own clock: the end of audio, the time of a picture */
  observe(mediaMs: number, arrivedAtMs: number): void
  /** Undefined until frames have come in real time for long enough. */
  readonly estimate: ClockEstimate | undefined
}

interface Window {
  readonly fromMs: number
  readonly mediaMs: number
  least: number
  most: number
  frames: number
}

interface ClosedWindow {
  readonly atMs: number
  readonly least: number
  readonly most: number
}

/** What a minimum is taken over: dozens of frames, some of which the network did not hold up. */
const WINDOW_MS = 5_000
const LEAST_FRAMES = 10
/** Windows that an estimate is made of: the last minute. */
const MOST_WINDOWS = 12
const LEAST_WINDOWS = 2
/** Media that runs slower or faster than this against arrival is being caught up or played back: it tells nothing. */
const REAL_TIME = 0.1

/**
 * Each frame says arrival - media = offset + the network's delay, and delays are never negative: the least of a window is
 * the offset plus the fastest way, whatever the jitter (the minimum filter of Paxson 1998, "On calibrating measurements of
 * packet transit times"). The line through the windows' minima is the drift. A window in which media and arrival do not
 * advance alike (a replay, what was kept during an interruption) is left out.
 */
export function createStreamClock(): StreamClock {
  let current: Window | undefined
  let windows: ClosedWindow[] = []
  /** Of the windows: it changes with them and not with every frame. */
  let estimate: ClockEstimate | undefined

  function close(window: Window, mediaMs: number, arrivedAtMs: number): void {
    const pace = (mediaMs - window.mediaMs) / (arrivedAtMs - window.fromMs)
    if (window.frames < LEAST_FRAMES || Math.abs(pace - 1) > REAL_TIME) {
      // What lay before an interruption says nothing of what comes after.
      windows = []
      estimate = undefined
      return
    }
    windows.push({ atMs: (window.fromMs + arrivedAtMs) / 2, least: window.least, most: window.most })
    if (windows.length > MOST_WINDOWS) windows.shift()
    estimate = estimateOf(windows)
  }

  return {
    observe(mediaMs, arrivedAtMs) {
      const difference = arrivedAtMs - mediaMs
      if (current !== undefined && arrivedAtMs - current.fromMs >= WINDOW_MS) {
        close(current, mediaMs, arrivedAtMs)
        current = undefined
      }
      current ??= { fromMs: arrivedAtMs, mediaMs, least: difference, most: difference, frames: 0 }
      current.frames += 1
      current.least = Math.min(current.least, difference)
      current.most = Math.max(current.most, difference)
    },
    get estimate() {
      return estimate
    },
  }
}

function estimateOf(windows: readonly ClosedWindow[]): ClockEstimate | undefined {
  if (windows.length < LEAST_WINDOWS) return undefined
  const { slope, at } = line(windows.map(({ atMs, least }) => [atMs, least]))
  const offsetMs = at(windows.at(-1)!.atMs)
  return { offsetMs, driftPpm: -slope * 1e6, jitterMs: Math.max(...windows.map(({ least, most }) => most - least)) }
}

/** The line of least squares. */
function line(points: readonly (readonly [number, number])[]): { slope: number; at: (x: number) => number } {
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const covariance = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0)
  const variance = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0)
  const slope = variance > 0 ? covariance / variance : 0
  return { slope, at: (place) => y + slope * (place - x) }
}
