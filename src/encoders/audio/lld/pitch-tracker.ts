import type { PitchCandidate } from './pitch-candidates.ts'

/**
 * A frame is voiced by itself when its best candidate's voicing exceeds this. eGeMAPS documents 0.70 for a smoother whose
 * costs are not published in closed form; with the costs below 0.71 gives the published share of voiced frames.
 */
const VOICING_THRESHOLD = 0.71
/** Cost of a change between voiced and unvoiced: drops voiced stretches of about three frames and fewer. */
const VOICING_CHANGE = 0.05
/** Cost of an octave between two voiced frames; never more than an unvoiced gap between them would cost. */
const OCTAVE = 0.2
/** Frames after which a decision is final: 300 ms, the bound of the delay while the utterance is still spoken. */
export const PITCH_DELAY_FRAMES = 30

interface Column {
  /** Frequencies of the states in Hz; state 0 is "unvoiced", 0 Hz. */
  readonly hz: readonly number[]
  readonly cost: readonly number[]
  /** The best state of the frame before, for each state. */
  readonly from: readonly number[]
}

export interface PitchTracker {
  /** One frame's candidates in; the F0 in Hz (0: unvoiced) of the frame PITCH_DELAY_FRAMES earlier out, once there is one. */
  push(candidates: readonly PitchCandidate[]): number | undefined
  /** The F0 of the frames that are still open. */
  end(): number[]
  /** Another one in the same state. */
  copy(): PitchTracker
}

/**
 * Viterbi smoothing of the pitch contour (Forney 1973; used so by Eyben et al. 2016, section 3.1): the cheapest path
 * through unvoiced and the candidates, a candidate costing 1 - voicing and unvoiced 1 - threshold. The path is read off
 * PITCH_DELAY_FRAMES back, so a decision never waits for the end.
 */
export function createPitchTracker(): PitchTracker {
  return trackerOf([])
}

/** @param columns of the frames that are not decided yet; a column is never changed */
function trackerOf(columns: Column[]): PitchTracker {
  return {
    push(candidates) {
      columns.push(step(columns.at(-1), candidates))
      if (columns.length <= PITCH_DELAY_FRAMES) return undefined
      let state = best(columns.at(-1)!.cost)
      for (let t = columns.length - 1; t > 0; t -= 1) state = columns[t]!.from[state]!
      return columns.shift()!.hz[state]!
    },
    end() {
      const path: number[] = []
      let state = columns.length > 0 ? best(columns.at(-1)!.cost) : 0
      for (let t = columns.length - 1; t >= 0; t -= 1) {
        path.unshift(columns[t]!.hz[state]!)
        state = columns[t]!.from[state]!
      }
      columns = []
      return path
    },
    copy: () => trackerOf([...columns]),
  }
}

function best(cost: readonly number[]): number {
  return cost.reduce((found, value, state) => (value < cost[found]! ? state : found), 0)
}

function step(before: Column | undefined, candidates: readonly PitchCandidate[]): Column {
  const hz = [0, ...candidates.map((candidate) => candidate.hz)]
  const local = [1 - VOICING_THRESHOLD, ...candidates.map((candidate) => 1 - candidate.voicing)]
  if (!before) return { hz, cost: local, from: hz.map(() => 0) }
  const floor = Math.min(...before.cost) // kept small: only differences matter
  const from: number[] = []
  const cost = hz.map((frequency, state) => {
    const total = before.hz.map((last, k) => before.cost[k]! - floor + transition(last, frequency))
    from.push(best(total))
    return total[from[state]!]! + local[state]!
  })
  return { hz, cost, from }
}

function transition(fromHz: number, toHz: number): number {
  if (fromHz === 0 && toHz === 0) return 0
  if (fromHz === 0 || toHz === 0) return VOICING_CHANGE
  return Math.min(OCTAVE * Math.abs(Math.log2(toHz / fromHz)), 2 * VOICING_CHANGE)
}
