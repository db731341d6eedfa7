import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QUALITY_LEVELS } from '../../src/server/protocol/server-messages.ts'
import { createQualityController, type LoadSample, qualityConfigSchema } from '../../src/server/quality.ts'

const CONFIG = qualityConfigSchema.parse({})
const EVERY = CONFIG.sampleMs
const CALM: LoadSample = { lagMs: 1, cpu: 0.1, queueAgeMs: 0 }

const samples = fc.record({
  lagMs: fc.oneof(fc.nat(200), fc.constant(0), fc.constant(500)),
  cpu: fc.oneof(fc.double({ min: 0, max: 2.2, noNaN: true }), fc.constant(0.1)),
  queueAgeMs: fc.oneof(fc.nat(1_500), fc.constant(0)),
})
/** Stretches of one load each, as long as a server's loads are. */
const loads = fc
  .array(fc.record({ sample: samples, times: fc.integer({ min: 1, max: 40 }) }), { maxLength: 15 })
  .map((stretches) => stretches.flatMap(({ sample, times }) => Array<LoadSample>(times).fill(sample)))

/** A controller of two processors that is fed every `sampleMs`; each step with the level after it. */
function play(load: readonly LoadSample[]) {
  let at = 0
  const controller = createQualityController({ config: CONFIG, processors: 2, now: () => at })
  const feed = (sample: LoadSample) => {
    at += EVERY
    const before = QUALITY_LEVELS.indexOf(controller.level)
    const change = controller.sample(sample)
    const level = QUALITY_LEVELS.indexOf(controller.level)
    expect(change?.level).toBe(level === before ? undefined : QUALITY_LEVELS[level])
    return { at, sample, before, level, reason: change?.reason }
  }
  return { steps: load.map(feed), feed }
}

describe('quality controller', () => {
  test('under one constant load it only goes one way, and stays where it comes to', () => {
    fc.assert(
      fc.property(loads, samples, (history, sample) => {
        const { feed } = play(history)
        const levels = Array.from({ length: 600 }, () => feed(sample)).flatMap(({ before, level }) => [before, level])
        const rising = levels.every((level, i) => i === 0 || level >= levels[i - 1]!)
        const falling = levels.every((level, i) => i === 0 || level <= levels[i - 1]!)
        expect(rising || falling).toBe(true)
        expect(new Set(levels.slice(-200)).size).toBe(1)
      }),
    )
  })

  test('in calm it recovers fully, from anything, and stays', () => {
    fc.assert(
      fc.property(loads, (history) => {
        const { feed } = play(history)
        const longest = (QUALITY_LEVELS.length * CONFIG.maxUpMs) / EVERY
        const steps = Array.from({ length: longest + 1 }, () => feed(CALM))
        expect(steps.at(-1)!.level).toBe(0)
        const changes = steps.filter(({ reason }) => reason !== undefined)
        expect(changes.every(({ reason, before, level }) => reason === 'recovered' && level === before - 1)).toBe(true)
      }),
    )
  })

  test('it never goes up within the dwell after a change nor while anything is not low, and down is faster than up', () => {
    fc.assert(
      fc.property(loads, (history) => {
        const { steps } = play(history)
        const changes = steps.filter(({ before, level }) => before !== level)
        changes.forEach(({ at, before, level, sample, reason }, i) => {
          const since = at - (changes[i - 1]?.at ?? Number.NEGATIVE_INFINITY)
          if (level < before) {
            expect(level).toBe(before - 1)
            expect(since).toBeGreaterThanOrEqual(CONFIG.upMs)
            const calm = steps.filter((step) => step.at > at - CONFIG.upMs && step.at <= at)
            for (const { sample } of calm) {
              expect(sample.lagMs).toBeLessThanOrEqual(CONFIG.lagLowMs)
              expect(sample.queueAgeMs).toBeLessThanOrEqual(CONFIG.queueAgeLowMs)
            }
          } else if (reason !== 'queue_age') {
            expect(level).toBe(before + 1)
            expect(since).toBeGreaterThanOrEqual(CONFIG.downMs)
            expect(reason === 'cpu' && level === 4).toBe(false)
            expect(reason === 'cpu' ? sample.cpu / 2 > CONFIG.cpuHigh : sample.lagMs > CONFIG.lagHighMs).toBe(true)
          }
        })
      }),
    )
  })

  test('a queue as old as a step says is answered at once, and at one second by text only', () => {
    fc.assert(
      fc.property(loads, fc.nat(2_000), (history, queueAgeMs) => {
        const { feed } = play(history)
        const { level } = feed({ ...CALM, queueAgeMs })
        expect(level).toBeGreaterThanOrEqual(CONFIG.queueAgeMs.filter((age) => queueAgeMs >= age).length)
        if (queueAgeMs >= 1_000) expect(QUALITY_LEVELS[level]).toBe('text_only')
      }),
    )
  })

  test('a server at its limit does not swing: each relapse doubles the calm that is waited for', () => {
    const { feed } = play([])
    const overload = { ...CALM, cpu: 2 }
    // Calm at the lower level, overload at the higher one: what doing more costs.
    const changes: { at: number; level: number }[] = []
    let level = 0
    for (let i = 0; i < 2_400; i++) {
      const step = feed(level === 0 ? overload : CALM)
      if (step.level !== level) changes.push(step)
      level = step.level
    }
    expect(changes.every((change) => change.level <= 1)).toBe(true)
    const ups = changes.filter((change) => change.level === 0)
    const waits = ups.map(({ at }, i) => at - (ups[i - 1]?.at ?? 0)).slice(1)
    // Every period, the relapse itself included, until the longest.
    for (const [i, wait] of waits.entries())
      expect(wait).toBeGreaterThanOrEqual(Math.min(CONFIG.maxUpMs, CONFIG.upMs * 2 ** (i + 1)))
    expect(waits.length).toBeGreaterThan(8)
  })
})

describe('its configuration', () => {
  test('is refused where high lies below low, or the ages of the queue fall', () => {
    for (const bad of [{ lagHighMs: 10 }, { cpuLow: 2 }, { queueAgeMs: [700, 600, 900, 1_000] }, { upMs: 100_000 }])
      expect(qualityConfigSchema.safeParse(bad).success).toBe(false)
    expect(qualityConfigSchema.safeParse({ queueAgeMs: [500, 500, 500, 500] }).success).toBe(true)
  })
})
