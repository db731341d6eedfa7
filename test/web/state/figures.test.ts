import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_CONVERSATION, type ShownUtterance } from '../../../web/src/state/conversation-state.ts'
import { clockTime, influences, latencyFigures, latestByParticipant } from '../../../web/src/state/figures.ts'

const utterance = (id: string, fields: Partial<ShownUtterance> = {}): ShownUtterance => ({
  id,
  participant: 'ann',
  startMs: 0,
  endMs: 900,
  text: '',
  phase: 'labelled',
  label: 'neu',
  probabilities: [],
  modalities: ['text'],
  missing: {},
  mode: 'live',
  final: true,
  latencyMs: 10,
  attention: [],
  formerLabels: [],
  ...fields,
})

test('latency figures are values that were measured, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { minLength: 1 }), (values) => {
      const figures = latencyFigures(values.map((latencyMs, i) => utterance(String(i), { latencyMs })))!
      expect(values).toContain(figures.medianMs)
      expect(values).toContain(figures.p95Ms)
      expect(figures.lastMs).toBe(values.at(-1))
      expect(figures.medianMs).toBeLessThanOrEqual(figures.p95Ms)
      expect(values.filter((value) => value <= figures.p95Ms).length).toBeGreaterThanOrEqual(0.95 * values.length)
    }),
  )
  expect(latencyFigures([utterance('u1', { latencyMs: undefined })])).toBeUndefined()
})

test('influences of one utterance sum to 1 over its modalities, strongest first; unknown sources are left out', () => {
  const earlier = utterance('u1')
  const current = utterance('u2', {
    attention: [
      { utterance_id: 'u1', modality: 'text', target: 'text', share: 0.25 },
      { utterance_id: 'u2', modality: 'text', target: 'text', share: 0.75 },
      { utterance_id: 'u1', modality: 'text', target: 'audio', share: 1 },
    ],
  })
  const found = influences(current, [earlier, current])
  expect(found.map(({ source, target, share }) => [source.id, target, share])).toEqual([
    ['u1', 'audio', 0.5],
    ['u2', 'text', 0.375],
    ['u1', 'text', 0.125],
  ])
  expect(influences(current, [current])).toHaveLength(1)
})

test('the latest of each participant', () => {
  const utterances = [
    utterance('u1'),
    utterance('u2', { participant: 'bob' }),
    utterance('u3'),
    utterance('u4', { participant: 'bob', label: undefined }),
  ]
  const latest = latestByParticipant({ ...EMPTY_CONVERSATION, utterances })
  expect([...latest].map(([name, { id }]) => [name, id])).toEqual([
    ['ann', 'u3'],
    ['bob', 'u2'],
  ])
})

test.each([
  [0, '0:00'],
  [83_210, '1:23'],
  [3_600_000, '1:00:00'],
])('%i ms as a time: %s', (ms, text) => expect(clockTime(ms)).toBe(text))
