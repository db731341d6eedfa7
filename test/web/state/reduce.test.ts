import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ServerMessage, UtteranceLabel } from '../../../src/server/protocol/server-messages.ts'
import { type ConversationState, EMPTY_CONVERSATION } from '../../../web/src/state/conversation-state.ts'
import { reduce } from '../../../web/src/state/reduce.ts'

const NAMES = ['hap', 'sad', 'neu'] as const

function label(id: string, fields: Partial<UtteranceLabel> = {}): UtteranceLabel {
  return {
    type: 'utterance.label',
    seq: 1,
    utterance_id: id,
    participant: 'ann',
    text: 'words',
    start_ms: 0,
    end_ms: 900,
    label: 'neu',
    probabilities: NAMES.map((name) => ({ name, probability: 1 / 3 })),
    modalities: ['text'],
    mode: 'live',
    final: true,
    interim: false,
    latency_ms: 12,
    ...fields,
  }
}

const start = (id: string, startMs = 0): ServerMessage => ({
  type: 'utterance.start',
  seq: 1,
  utterance_id: id,
  participant: 'ann',
  start_ms: startMs,
})

const play = (messages: readonly ServerMessage[]): ConversationState => messages.reduce(reduce, EMPTY_CONVERSATION)

const ids = fc.constantFrom('u1', 'u2', 'u3')
const names = fc.constantFrom(...NAMES)
const times = fc.integer({ min: 0, max: 5_000 })
const anyMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.tuple(ids, times).map(([id, at]) => start(id, at)),
  fc
    .record({ id: ids, name: names, interim: fc.boolean() })
    .map(({ id, name, interim }) => label(id, { label: name, interim, final: !interim })),
  fc.record({ id: ids, name: names, previous: names }).map(
    ({ id, name, previous }): ServerMessage => ({
      type: 'utterance.revised',
      seq: 1,
      utterance_id: id,
      participant: 'ann',
      label: name,
      previous_label: previous,
      probabilities: [],
      modalities: ['text'],
      mode: 'offline',
      final: false,
    }),
  ),
)

describe('any order of messages', () => {
  test('an utterance is shown once, in the order of its start', () => {
    fc.assert(
      fc.property(fc.array(anyMessage), (messages) => {
        const { utterances } = play(messages)
        expect(new Set(utterances.map(({ id }) => id)).size).toBe(utterances.length)
        for (const { id } of utterances)
          expect(messages.some((message) => 'utterance_id' in message && message.utterance_id === id)).toBe(true)
      }),
    )
  })

  test('interim labels never touch an utterance that has been labelled', () => {
    fc.assert(
      fc.property(fc.array(anyMessage), (messages) => {
        const whole = messages.filter((message) => !(message.type === 'utterance.label' && message.interim))
        const labelled = (state: ConversationState) => state.utterances.filter(({ phase }) => phase === 'labelled')
        const byId = (state: ConversationState) => new Map(labelled(state).map((u) => [u.id, u]))
        expect(byId(play(messages))).toEqual(byId(play(whole)))
      }),
    )
  })

  test('former labels are those that revisions have changed, in order', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1 }), (labels) => {
        let last = 'neu'
        const former: string[] = []
        const messages: ServerMessage[] = [label('u1', { mode: 'offline', final: false })]
        for (const name of labels) {
          if (name !== last) former.push(last)
          messages.push({
            type: 'utterance.revised',
            seq: 1,
            utterance_id: 'u1',
            participant: 'ann',
            label: name,
            previous_label: last,
            probabilities: [],
            modalities: [],
            mode: 'offline',
            final: false,
          })
          last = name
        }
        expect(play(messages).utterances[0]).toMatchObject({ label: last, formerLabels: former })
      }),
    )
  })
})

test('an utterance goes from spoken over interim to labelled', () => {
  const spoken = play([start('u1', 400)])
  expect(spoken.utterances[0]).toMatchObject({ phase: 'speaking', startMs: 400, endMs: undefined, label: undefined })
  const interim = reduce(spoken, label('u1', { interim: true, final: false, label: 'sad', text: 'so far' }))
  expect(interim.utterances[0]).toMatchObject({ phase: 'speaking', label: 'sad', text: 'so far', latencyMs: undefined })
  const whole = reduce(interim, label('u1', { missing: { audio: 'nothing came' } }))
  expect(whole.utterances[0]).toMatchObject({ phase: 'labelled', label: 'neu', latencyMs: 12 })
  expect(whole.utterances[0]!.missing).toEqual({ audio: 'nothing came' })
})

test('people talk over each other: utterances stand in the order in which they began', () => {
  expect(play([start('u2', 500), start('u1', 100), start('u3', 500)]).utterances.map(({ id }) => id)).toEqual([
    'u1',
    'u2',
    'u3',
  ])
})

test('what has not changed is the same object, so that nothing is drawn again', () => {
  const state = play([label('u1')])
  expect(reduce(state, start('u1'))).toBe(state)
  expect(reduce(state, { type: 'pong', seq: 3 })).toBe(state)
  const more = reduce(state, start('u2', 2_000))
  expect(more.utterances[0]).toBe(state.utterances[0])
})

test('held back until the next label', () => {
  const held = reduce(play([start('u1')]), { type: 'rate_limited', seq: 1, reason: 'bytes', retry_after_ms: 200 })
  expect(held.heldBack).toBe('too many bytes')
  expect(reduce(held, label('u1')).heldBack).toBeUndefined()
})

test('media that was not used is counted', () => {
  const drop = {
    type: 'media.dropped',
    seq: 1,
    participant: 'ann',
    kind: 'image',
    reason: 'late',
    start_ms: 0,
  } as const
  const { droppedFrames, lastDrop } = play([
    { ...drop, frames: 2 },
    { ...drop, kind: 'audio', frames: 3 },
  ])
  expect({ droppedFrames, lastDrop }).toEqual({ droppedFrames: 5, lastDrop: 'sound, late' })
})

describe('what gets no label does not stand as being spoken', () => {
  const spoken = play([start('u1'), label('u2'), start('u3')])
  const ids = (state: ConversationState) => state.utterances.map(({ id }) => id)

  test('when the conversation is over, but not when the server will come back', () => {
    const closed = (reason: 'client' | 'shutdown') =>
      reduce(spoken, { type: 'session.closed', seq: 9, reason, utterances: 1 })
    expect(ids(closed('client'))).toEqual(['u2'])
    expect(closed('shutdown')).toBe(spoken)
  })

  test('when the server could not label it', () => {
    const error = { type: 'error', seq: 9, code: 'EMO_INTERNAL', message: '', fatal: false } as const
    expect(ids(reduce(spoken, { ...error, utterance_id: 'u1' }))).toEqual(['u2', 'u3'])
    expect(reduce(spoken, { ...error, utterance_id: 'u2' })).toBe(spoken)
    expect(reduce(spoken, error)).toBe(spoken)
  })
})
