import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoadSample } from './quality.ts'

export interface LoadSamplerOptions {
  /** Ms between two samples. */
  readonly everyMs: number
  /** For how long the oldest final utterance of all sessions has waited for its label, ms. */
  readonly queueAgeMs: () => number
  readonly onSample: (sample: LoadSample) => void
}

/** Ms between the timers by which Node measures the lag of its event loop; what it gives includes it. */
const RESOLUTION_MS = 10

/**
 * Measures the process every `everyMs` ms, until the function that it gives is called. It keeps no process alive.
 *
 * @example
 * const stop = startLoadSampler({ everyMs: 250, queueAgeMs: () => workload.ageMs(), onSample: console.log })
 */
export function startLoadSampler({ everyMs, queueAgeMs, onSample }: LoadSamplerOptions): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let usage = process.cpuUsage()
  let at = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const { user, system } = process.cpuUsage(usage)
    usage = process.cpuUsage()
    // After a long block this timer may come before the histogram has seen it, and the reset would lose it: this timer's
    // own delay counts too.
    const lagMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS, now - at - everyMs)
    delays.reset()
    const cpu = (user + system) / 1_000 / Math.max(1, now - at)
    at = now
    onSample({ lagMs, cpu, queueAgeMs: queueAgeMs() })
  }, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    delays.disable()
  }
}
