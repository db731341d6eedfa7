import { expect, test } from 'vitest'
import type { ServerMessage } from '../../../src/server/protocol/server-messages.ts'
import { type ConversationState, EMPTY_CONVERSATION } from '../../../web/src/state/conversation-state.ts'
import { reduce } from '../../../web/src/state/reduce.ts'
import { goneOn, withdrawn } from '../../../web/src/state/withdrawal.ts'

const words = (participant: string, final: boolean): ServerMessage => ({
  type: 'utterance.label',
  seq: 1,
  utterance_id: `of ${participant}`,
  participant,
  text: 'words',
  start_ms: 0,
  end_ms: 900,
  label: 'neu',
  probabilities: [{ name: 'neu', probability: 1 }],
  modalities: ['text'],
  mode: 'live',
  final,
  interim: !final,
  latency_ms: 12,
})

const meeting = (segmentation: 'client' | 'server'): ConversationState =>
  [words('ann', false), words('bob', false), words('eve', true)].reduce(reduce, {
    ...EMPTY_CONVERSATION,
    settings: {
      mode: 'live',
      segmentation,
      purpose: 'a test',
      participants: ['ann', 'bob', 'eve'].map((id) => ({ id })),
    },
  })
const shown = ({ utterances }: ConversationState) => utterances.map(({ participant }) => participant)

test('words that are taken back are not shown, whatever comes of them, until their participant goes on', () => {
  const back = withdrawn(meeting('client'), 'ann')
  expect(shown(back)).toEqual(['bob', 'eve'])
  expect(reduce(back, words('ann', false))).toBe(back)
  expect(shown(reduce(goneOn(back, 'ann'), words('ann', false)))).toContain('ann')
  // Said in between on another connection, say: a label is always shown.
  expect(shown(reduce(back, words('ann', true)))).toContain('ann')
  expect(goneOn(back, 'bob')).toBe(back)
})

test('all of them after a reload, except where the server cuts the utterances', () => {
  expect(shown(withdrawn(meeting('client')))).toEqual(['eve'])
  const cut = meeting('server')
  expect(withdrawn(cut)).toBe(cut)
})
