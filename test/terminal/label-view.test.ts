import { describe, expect, test } from 'vitest'
import type { UtteranceLabel, UtteranceRevised } from '../../src/server/protocol/server-messages.ts'
import { createLabelView } from '../../src/terminal/label-view.ts'

const message: UtteranceLabel = {
  type: 'utterance.label',
  seq: 3,
  utterance_id: 'u1',
  participant: 'ann',
  text: 'a sentence\u001b[31m of some length',
  start_ms: 0,
  end_ms: 10,
  label: 'fru',
  probabilities: [
    { name: 'hap', probability: 0.25 },
    { name: 'fru', probability: 0.75 },
  ],
  modalities: ['text'],
  mode: 'live',
  final: true,
  interim: false,
  latency_ms: 12.34,
}
const revised: UtteranceRevised = {
  ...message,
  type: 'utterance.revised',
  label: 'hap',
  previous_label: 'fru',
  final: false,
}

describe('the label view', () => {
  test('plain: speaker, label, bar, probability, latency, and no escape codes', () => {
    const view = createLabelView({ isTTY: false, columns: 100, words: false })
    expect(view.label(message, 'hap')).toBe('ann         frustrated  ████████████░░░░  75%    12.3 ms  (happy)')
    expect(view.label(message, 'fru')).toMatch(/ms {2}✓$/)
    expect(view.heading('talk')).toContain('talk\nspeaker')
  })

  test('shows words only when asked, cut to the line, without control characters', () => {
    const view = createLabelView({ isTTY: false, columns: 82, words: true })
    const line = view.label(message)
    expect(line).toContain('a sentence')
    expect(line).not.toContain('\u001b')
    expect(line.length).toBeLessThanOrEqual(82)
    expect(createLabelView({ isTTY: false, columns: 82, words: false }).label(message)).not.toContain('sentence')
  })

  test('colours on a terminal', () => {
    expect(createLabelView({ isTTY: true, columns: 80, words: false }).label(message)).toContain('\u001b[31m')
  })

  test('says what a revision has changed, and nothing of one that changed no label', () => {
    const view = createLabelView({ isTTY: false, columns: 80, words: false })
    expect(view.revised(revised)).toContain('u1: frustrated → happy')
    expect(view.revised({ ...revised, previous_label: 'hap' })).toBeUndefined()
  })
})
