import { expect, test } from 'vitest'
import { createOutbox } from '../../src/server/outbox.ts'
import type { Outbound, Peer } from '../../src/server/peer.ts'
import type { Unnumbered } from '../../src/server/protocol/server-messages.ts'
import { initialSettings } from '../../src/server/settings.ts'
import { openBench } from './session-harness.ts'

const label = (id: number): Unnumbered => ({
  type: 'utterance.start',
  utterance_id: `u${id}`,
  participant: 'ann',
  start_ms: 0,
})
const caughtUp = (replayed: number): Unnumbered => ({
  type: 'session.resumed',
  session_id: 's',
  replayed,
  media: [],
})

/** A session's row, an outbox for it, and clients that may be slow. */
function open() {
  const { context, store } = openBench()
  const { model } = context
  store.sessions.create({
    id: 's',
    tokenHash: '00',
    settings: initialSettings(model),
    model: { name: model.name, sha256: model.sha256, labelSet: model.labelSet },
    createdAt: 0,
  })
  return { outbox: createOutbox(context, 's', { lastSeq: 0 }), store }
}

function client(flushed: () => Promise<void> = () => Promise.resolve()) {
  const got: { seq: number; kept: boolean; type: string }[] = []
  const read = ({ json, kept }: Outbound) => got.push({ ...(JSON.parse(json) as { seq: number; type: string }), kept })
  const peer: Peer = { send: read, flushed, pause() {}, resume() {}, held: false, end() {} }
  return { got, peer, seqs: () => got.map(({ seq }) => seq) }
}

test('what is kept is in the store before it is sent; what could not be written is not sent and takes no number', async () => {
  const { outbox, store } = open()
  const { got, peer } = client()
  await outbox.resume(peer, { lastSeq: 0, token: '', caughtUp })
  const fail = (): void => {
    throw new Error('disk full')
  }
  expect(() => outbox.keep([label(1)], fail)).toThrow('disk full')
  expect([outbox.seq, store.messages.lastSeq('s'), got.length]).toEqual([0, 0, 1])
  let written = -1
  outbox.keep([label(1), label(2)], () => {
    written = got.length
  })
  expect(written).toBe(1)
  expect(got.slice(1).map(({ seq, kept }) => [seq, kept])).toEqual([
    [1, true],
    [2, true],
  ])
  expect(store.messages.after('s', 0, 10).map(({ seq }) => seq)).toEqual([1, 2])
})

test('what is not kept says how far the client has come, and is dropped while nobody is there', async () => {
  const { outbox } = open()
  outbox.keep([label(1), label(2), label(3)])
  outbox.tell({ type: 'pong' })
  const { got, peer } = client()
  await outbox.resume(peer, { lastSeq: 1, token: '', caughtUp })
  outbox.tell({ type: 'pong' })
  outbox.keep([label(4)])
  outbox.tell({ type: 'pong' })
  expect(got.map(({ type, seq }) => [type, seq])).toEqual([
    ['utterance.start', 2],
    ['utterance.start', 3],
    ['session.resumed', 3],
    ['pong', 3],
    ['utterance.start', 4],
    ['pong', 4],
  ])
})

test('a long absence is made up for page by page, as fast as the client reads, with what is kept meanwhile', async () => {
  const { outbox } = open()
  for (let i = 1; i <= 200; i++) outbox.keep([label(i)])
  const turns: (() => void)[] = []
  const { peer, seqs, got } = client(() => new Promise((resolve) => turns.push(resolve)))
  const done = outbox.resume(peer, { lastSeq: 10, token: '', caughtUp })
  const first = seqs().length
  expect(first).toBeLessThan(100)
  outbox.keep([label(201)])
  outbox.tell({ type: 'pong' })
  expect(seqs()).toHaveLength(first)
  while (turns.length > 0) {
    turns.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  expect(seqs()).toEqual([...Array.from({ length: 191 }, (_, i) => i + 11), 201])
  expect(got.at(-1)).toMatchObject({ type: 'session.resumed', replayed: 191 })
})

test('a client that has seen more than a disk kept is told what comes now under new numbers', async () => {
  const { outbox, store } = open()
  outbox.keep([label(1), label(2)])
  const { got, peer } = client()
  await outbox.resume(peer, { lastSeq: 5, token: '', caughtUp })
  outbox.keep([label(6)])
  expect(got.map(({ type, seq }) => [type, seq])).toEqual([
    ['session.resumed', 5],
    ['utterance.start', 6],
  ])
  expect(store.messages.lastSeq('s')).toBe(6)
})

test('a client that is taken over while it catches up gets nothing more', async () => {
  const { outbox } = open()
  for (let i = 1; i <= 200; i++) outbox.keep([label(i)])
  let go = (): void => {}
  const slow = client(
    () =>
      new Promise((resolve) => {
        go = resolve
      }),
  )
  const done = outbox.resume(slow.peer, { lastSeq: 0, token: '', caughtUp })
  const before = slow.got.length
  const next = client()
  await outbox.resume(next.peer, { lastSeq: 150, token: '', caughtUp })
  go()
  await done
  outbox.keep([label(201)])
  expect(slow.got).toHaveLength(before)
  expect(next.got).toHaveLength(52)
})
