import { expect, test } from 'vitest'
import { conversationOf } from '../../../web/src/state/stored-conversation.ts'

const utterance = {
  utterance_id: 'u1',
  participant: 'ann',
  text: 'There you are.',
  start_ms: 2_000,
  end_ms: 2_900,
  label: 'hap',
  first_label: 'neu',
  revisions: 2,
  probabilities: [{ name: 'hap', probability: 1 }],
  modalities: ['text' as const],
  mode: 'offline' as const,
  final: false,
  latency_ms: 12,
}

test('a stored conversation is shown as it was, in the order of time, and as over', () => {
  const state = conversationOf({
    session_id: '5f0c1a34-6f0e-4f39-9f52-0d3a8f8c1f11',
    created_at: '2026-01-01T00:00:00.000Z',
    closed_at: '2026-01-01T00:10:00.000Z',
    mode: 'offline',
    label_set: 'iemocap6',
    participants: [{ id: 'ann', name: 'Ann' }],
    purpose: 'a test',
    model: { name: 'random', sha256: '0' },
    utterances: [utterance, { ...utterance, utterance_id: 'u2', start_ms: 0, end_ms: 900, first_label: 'hap' }],
  })
  expect(state.closed).toBe('client')
  expect(state.settings).toMatchObject({ mode: 'offline', participants: [{ id: 'ann', name: 'Ann' }] })
  expect(state.utterances.map(({ id, formerLabels }) => ({ id, formerLabels }))).toEqual([
    { id: 'u2', formerLabels: [] },
    { id: 'u1', formerLabels: ['neu'] },
  ])
})
