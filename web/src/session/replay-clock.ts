/** A position in a recording that runs at any speed and can be held. */
export interface ReplayClock {
  readonly playing: boolean
  readonly speed: number
  /** In ms of the recording. */
  position(): number
  play(): void
  pause(): void
  setSpeed(speed: number): void
  /** How long until it comes to this position, in ms; `Infinity` while it is held. */
  until(positionMs: number): number
}

/** @param now milliseconds of a clock that never goes back */
export function createReplayClock(now: () => number, startMs = 0): ReplayClock {
  let playing = false
  let speed = 1
  let position = startMs
  let since = 0

  const elapsed = (): number => (playing ? position + (now() - since) * finite(speed) : position)
  function settle(): void {
    position = elapsed()
    since = now()
  }

  return {
    get playing() {
      return playing
    },
    get speed() {
      return speed
    },
    position: elapsed,
    play() {
      settle()
      playing = true
    },
    pause() {
      settle()
      playing = false
    },
    setSpeed(next) {
      settle()
      speed = next
    },
    until(target) {
      if (!playing) return Number.POSITIVE_INFINITY
      if (speed === Number.POSITIVE_INFINITY) {
        // As fast as possible: whatever is asked for has come.
        position = Math.max(elapsed(), target)
        since = now()
        return 0
      }
      return Math.max(0, (target - elapsed()) / speed)
    },
  }
}

/** At no finite speed the position moves by what is asked for, not by time. */
const finite = (speed: number): number => (Number.isFinite(speed) ? speed : 0)
