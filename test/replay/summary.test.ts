import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlayedConversation } from '../../src/client/play.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { percentiles, renderReplaySummary, summariseReplay } from '../../src/replay/summary.ts'

const LABELS = LABEL_SETS.iemocap6

function playedConversation(id: string, pairs: readonly (readonly [string | null, string])[]): PlayedConversation {
  return {
    conversation: { id, utterances: [] },
    revisions: 2,
    changes: 1,
    durationMs: 500,
    utterances: pairs.map(([reference, label], i) => ({
      utterance: { id: `${id}-${i}`, speaker: 'a', startMs: 0, endMs: 1, label: reference, features: {} },
      label,
      probabilities: Float32Array.from(LABELS, (name) => (name === label ? 0.9 : 0.02)),
      modalities: ['text'],
      latencyMs: i,
      roundTripMs: i + 1,
    })),
  }
}
const run = { model: 'm', mode: 'live', labelSet: 'iemocap6' } as const

describe('the summary of a replay', () => {
  test('scores what has a reference label and lists every label', () => {
    const played = [
      playedConversation('one', [
        ['hap', 'hap'],
        ['sad', 'neu'],
        [null, 'ang'],
      ]),
      playedConversation('two', [['neu', 'neu']]),
    ]
    const summary = summariseReplay(played, run)
    expect(summary).toMatchObject({ conversations: 2, utterances: 4, scored: 3, accuracy: 2 / 3, revisions: 4 })
    // hap: f1 1; sad: 0; neu: precision 1/2, recall 1.
    expect(summary.weighted_f1).toBeCloseTo((1 + 0 + 2 / 3) / 3, 12)
    expect(summary.utterances_per_second).toBe(4)
    expect(summary.labels).toEqual({ one: { 'one-0': 'hap', 'one-1': 'neu', 'one-2': 'ang' }, two: { 'two-0': 'neu' } })
    expect(renderReplaySummary(summary)).toContain('accuracy      66.67 %')
  })

  test('has no scores where nothing has a reference label', () => {
    const summary = summariseReplay([playedConversation('one', [[null, 'hap']])], run)
    expect([summary.weighted_f1, summary.accuracy]).toEqual([null, null])
    expect(renderReplaySummary(summary)).toContain('weighted F1   -')
  })

  test('percentiles are measured values with at least that share of all at or below them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 200 }), (values) => {
        const found = percentiles(values)
        for (const [value, share] of [
          [found.p50, 0.5],
          [found.p95, 0.95],
          [found.p99, 0.99],
        ] as const) {
          expect(values).toContain(value)
          expect(values.filter((other) => other <= value).length).toBeGreaterThanOrEqual(share * values.length)
          expect(values.filter((other) => other < value).length).toBeLessThan(share * values.length)
        }
      }),
    )
    expect(percentiles([])).toEqual({ p50: 0, p95: 0, p99: 0 })
  })
})
