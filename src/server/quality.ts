import { z } from 'zod'
import { QUALITY_LEVELS, type QualityLevel, type ServerMessageOf } from './protocol/server-messages.ts'

/** From which measure on the server does less; every default with its reason. */
export const qualityConfigSchema = z
  .strictObject({
    /** Ms between two looks. Four fit into the second after which a label would be late. */
    sampleMs: z.int().positive().default(250),
    /** Ms by which the event loop's timers are late. A label's budget is 150 ms, and this comes on top of its work. */
    lagHighMs: z.number().positive().default(100),
    lagLowMs: z.number().positive().default(40),
    /** Share of all processors that this process uses. Beyond it everything else on the machine waits. */
    cpuHigh: z.number().positive().default(0.95),
    cpuLow: z.number().positive().default(0.8),
    /**
     * Ms that the oldest whole utterance has waited for its label, at which each level below `full` is taken at once. A
     * speech recogniser alone may take half a second. At one second nothing is left but text: a second remains to label.
     */
    queueAgeMs: z.tuple([z.number(), z.number(), z.number(), z.number()]).default([600, 750, 900, 1_000]),
    /** Below it the queue is no reason to stay down. */
    queueAgeLowMs: z.number().positive().default(400),
    /** Ms that lag or load last before each step down: two looks, so that one slow turn is none. */
    downMs: z.int().nonnegative().default(500),
    /** Ms of calm before each step up. Doubled each time a step up had to be taken back, at most to `maxUpMs`. */
    upMs: z.int().positive().default(3_000),
    maxUpMs: z.int().positive().default(60_000),
  })
  .refine((config) => config.lagLowMs <= config.lagHighMs && config.cpuLow <= config.cpuHigh, {
    error: 'what is low has to lie below what is high',
  })
  .refine(
    ({ queueAgeMs, queueAgeLowMs }) => queueAgeMs.every((age, i) => age >= (queueAgeMs[i - 1] ?? queueAgeLowMs)),
    {
      path: ['queueAgeMs'],
      error: 'the ages have to rise, from queueAgeLowMs on',
    },
  )
  .refine((config) => config.upMs <= config.maxUpMs, { path: ['maxUpMs'], error: 'at least upMs' })
export type QualityConfig = z.infer<typeof qualityConfigSchema>

/** What is measured of the whole process. */
export interface LoadSample {
  /** By how much the event loop's timers were late since the sample before, at most, ms. */
  readonly lagMs: number
  /** Processor time of the process over the clock's: above 1 with several threads. */
  readonly cpu: number
  /** For how long the oldest final utterance has waited for its label, ms. */
  readonly queueAgeMs: number
}

export interface QualityChange extends LoadSample {
  readonly level: QualityLevel
  readonly reason: ServerMessageOf<'quality'>['reason']
}

export interface QualityController {
  readonly level: QualityLevel
  /** Takes a sample in and gives the change that it brings about, if any. */
  sample(sample: LoadSample): QualityChange | undefined
}

export interface QualityOptions {
  readonly config: QualityConfig
  /** Processors of the machine. */
  readonly processors: number
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/**
 * How far load alone steps down. Busy processors do no harm as long as labels come in time, and audio is a large part of
 * a label: only lag and waiting labels take it away.
 */
const LOWEST_BY_CPU = QUALITY_LEVELS.indexOf('no_interim')
const LOWEST = QUALITY_LEVELS.length - 1

/**
 * Decides how much the server does: `full`, then less video, no video, no interim labels, text only; and back.
 *
 * Down: at once as far as the age of the queue says; one step for every `downMs` that lag or load stay high. Up: one step
 * for every `upMs` in which every measure is low. Between high and low nothing changes. A step up that has to be taken
 * back before the next would have been due doubles the calm that is waited for, so that a server at its limit does not
 * swing; one that held sets it back.
 */
export function createQualityController({ config, processors, now }: QualityOptions): QualityController {
  let level = 0
  let changedAt = Number.NEGATIVE_INFINITY
  let steppedUp = false
  let upMs = config.upMs
  /** Since when without a break. */
  let strainedSince: number | undefined
  let calmSince: number | undefined

  function change(to: number, at: number, reason: QualityChange['reason'], sample: LoadSample): QualityChange {
    if (to > level) {
      const relapse = steppedUp && at - changedAt < upMs
      upMs = relapse ? Math.min(upMs * 2, config.maxUpMs) : config.upMs
    }
    steppedUp = to < level
    level = to
    changedAt = at
    return { level: QUALITY_LEVELS[to]!, reason, ...sample }
  }

  return {
    get level() {
      return QUALITY_LEVELS[level]!
    },
    sample(sample) {
      const at = now()
      const load = sample.cpu / processors
      const lagging = sample.lagMs > config.lagHighMs
      const strained = lagging || load > config.cpuHigh
      const calm = sample.lagMs <= config.lagLowMs && load <= config.cpuLow && sample.queueAgeMs <= config.queueAgeLowMs
      strainedSince = strained ? (strainedSince ?? at) : undefined
      calmSince = calm ? (calmSince ?? at) : undefined

      const byAge = config.queueAgeMs.filter((age) => sample.queueAgeMs >= age).length
      if (byAge > level) return change(byAge, at, 'queue_age', sample)

      const floor = lagging ? LOWEST : LOWEST_BY_CPU
      if (strainedSince !== undefined && level < floor && at - Math.max(strainedSince, changedAt) >= config.downMs)
        return change(level + 1, at, lagging ? 'event_loop' : 'cpu', sample)

      if (calmSince !== undefined && level > 0 && at - Math.max(calmSince, changedAt) >= upMs)
        return change(level - 1, at, 'recovered', sample)
      return undefined
    },
  }
}
