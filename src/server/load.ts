import { availableParallelism } from 'node:os'
import { createInterimGate, type InterimGate } from './interim-gate.ts'
import { startLoadSampler } from './load-sampler.ts'
import type { QualityLevel, QualityMessage } from './protocol/server-messages.ts'
import { createQualityController, type QualityChange, type QualityConfig } from './quality.ts'
import { createWorkload, type Workload } from './workload.ts'

/** How busy a server is, and how much it does for that reason. */
export interface ServerLoad {
  readonly workload: Workload
  readonly interimGate: InterimGate
  /** How much the server does now. */
  readonly level: QualityLevel
  /** What clients are told of it; undefined while it was never changed. */
  readonly message: QualityMessage | undefined
  /** Looks at the load from now on and tells of each change; until the result is called. */
  watch(onChange: (message: QualityMessage) => void): () => void
}

/** @param now ms of a clock that never goes back */
export function createLoad(config: QualityConfig, now: () => number): ServerLoad {
  const workload = createWorkload(now)
  const controller = createQualityController({ config, processors: availableParallelism(), now })
  let message: QualityMessage | undefined
  return {
    workload,
    interimGate: createInterimGate(workload),
    get level() {
      return controller.level
    },
    get message() {
      return message
    },
    watch: (onChange) =>
      startLoadSampler({
        everyMs: config.sampleMs,
        queueAgeMs: workload.ageMs,
        onSample(sample) {
          const change = controller.sample(sample)
          if (change === undefined) return
          message = qualityMessage(change)
          onChange(message)
        },
      }),
  }
}

const rounded = (value: number): number => Math.round(value * 100) / 100

const qualityMessage = ({ level, reason, lagMs, cpu, queueAgeMs }: QualityChange): QualityMessage => ({
  type: 'quality',
  level,
  reason,
  lag_ms: rounded(lagMs),
  cpu: rounded(cpu),
  queue_age_ms: rounded(queueAgeMs),
})
