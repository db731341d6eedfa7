import type { Workload } from './workload.ts'

/** Lets interim labels through, over all sessions of a server. */
export interface InterimGate {
  /** Undefined while a final utterance waits for its label, or another interim label is being made; else what leaves. */
  enter(): (() => void) | undefined
}

/** One at a time: a final utterance that comes meanwhile waits for one short encoding at most. */
export function createInterimGate(workload: Pick<Workload, 'waiting'>): InterimGate {
  let taken = false
  return {
    enter() {
      if (taken || workload.waiting > 0) return undefined
      taken = true
      return () => {
        taken = false
      }
    },
  }
}
