import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import Libsql from 'libsql'
import { afterAll, describe, expect, test } from 'vitest'
import type { Features } from '../../../src/conversation/conversation.ts'
import { MODALITIES } from '../../../src/conversation/modality.ts'
import type { Settings } from '../../../src/server/settings.ts'
import { IN_MEMORY } from '../../../src/server/store/database.ts'
import { createSessionStore, type SessionStore } from '../../../src/server/store/session-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'emograph-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `${++files}`, 'sessions.sqlite')

const SETTINGS: Settings = {
  mode: 'live',
  participants: [{ id: 'ann', name: 'Ann' }, { id: 'bob' }],
  consent: true,
  purpose: 'a test',
  segmentation: 'client',
  interimLabels: true,
  explain: false,
  storeMedia: false,
}

function begin(store: SessionStore, id: string, more: { owner?: string; createdAt?: number } = {}): void {
  store.sessions.create({
    id,
    tokenHash: 'ab'.repeat(32),
    settings: SETTINGS,
    model: { name: 'm', sha256: 'f'.repeat(64), labelSet: 'iemocap6' },
    createdAt: 1_000,
    owner: undefined,
    ...more,
  })
}

const spoken = (utteranceId: string, more: object = {}) => ({
  utteranceId,
  participant: 'ann',
  text: 'words',
  startMs: 0,
  endMs: 900,
  features: {} satisfies Features,
  acceptedAt: 2_000,
  ...more,
})

const told = (label: string, more: object = {}) => ({
  mode: 'live' as const,
  label,
  probabilities: Float32Array.of(0.5, 0.1, 0.1, 0.1, 0.1, 0.1),
  modalities: ['text' as const],
  ...more,
})

const vector = fc.option(fc.float32Array({ minLength: 1, maxLength: 5 }), { nil: undefined })
const features = fc.record({ text: vector, audio: vector, visual: vector }).map((given) => {
  const kept: Features = {}
  for (const modality of MODALITIES) if (given[modality] !== undefined) kept[modality] = given[modality]
  return kept
})

test('what was written is read again, bit by bit, when the file is opened again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ features, text: fc.string(), whole: fc.boolean() }), { minLength: 1, maxLength: 8 }),
      (utterances) => {
        const path = newPath()
        const first = createSessionStore({ path })
        begin(first, 's')
        const rows = utterances.map(({ whole, ...utterance }, i) =>
          spoken(`u${i}`, { ...utterance, ...(whole && { position: i + 1, requestId: `r${i}` }) }),
        )
        for (const row of rows) first.utterances.accept('s', row)
        first.close()
        const second = createSessionStore({ path })
        const read = second.utterances.of('s')
        second.close()
        // Whole ones in their order, then the open ones.
        const expected = [...rows.filter((row) => 'position' in row), ...rows.filter((row) => !('position' in row))]
        expect(read.map(({ state: _state, ...row }) => row)).toEqual(
          expected.map((row) => ({ position: undefined, requestId: undefined, ...row })),
        )
      },
    ),
    { numRuns: 30 },
  )
})

describe('a conversation', () => {
  test('is what its client was told last, with the first label and how often it was revised', () => {
    const store = createSessionStore({ path: IN_MEMORY })
    begin(store, 's')
    store.utterances.accept('s', spoken('u1', { position: 1 }))
    store.utterances.accept('s', spoken('u2', { position: 2, participant: 'bob' }))
    store.utterances.accept('s', spoken('open'))
    const attention = [{ utterance_id: 'u1', modality: 'text', target: 'text', share: 1 } as const]
    store.utterances.label('s', { utteranceId: 'u1', features: {}, latencyMs: 12.5, ...told('hap'), attention })
    store.utterances.revise('s', 'u1', told('exc', { mode: 'offline' }))
    store.utterances.revise('s', 'u1', told('sad', { mode: 'offline' }))
    expect(store.readConversation('s')).toMatchObject({
      sessionId: 's',
      createdAt: 1_000,
      mode: 'live',
      labelSet: 'iemocap6',
      model: { name: 'm' },
      participants: SETTINGS.participants,
      purpose: 'a test',
      utterances: [
        {
          utteranceId: 'u1',
          label: 'sad',
          firstLabel: 'hap',
          revisions: 2,
          mode: 'offline',
          final: false,
          latencyMs: 12.5,
          attention,
        },
      ],
    })
    expect(store.readConversation('s')?.utterances[0]?.probabilities[0]).toEqual({ name: 'hap', probability: 0.5 })
    store.sessions.close('s', 3_000)
    expect(store.readConversation('s')).toMatchObject({ closedAt: 3_000, utterances: [{ final: true }] })
    expect(store.readConversation('another')).toBeUndefined()
    store.close()
  })

  test('belongs to its owner, newest first', () => {
    const store = createSessionStore({ path: IN_MEMORY })
    begin(store, 'old', { owner: 'one', createdAt: 1 })
    begin(store, 'new', { owner: 'one', createdAt: 2 })
    begin(store, 'other', { owner: 'two' })
    begin(store, 'nobody')
    expect(store.sessions.listByOwner('one', 10).map(({ id }) => id)).toEqual(['new', 'old'])
    expect(store.sessions.listByOwner('one', 1)).toHaveLength(1)
    store.close()
  })
})

test('all of a step is written, or nothing', () => {
  const store = createSessionStore({ path: IN_MEMORY })
  begin(store, 's')
  const step = (): void =>
    store.atomically(() => {
      store.messages.keep('s', { seq: 1, json: '{}' })
      store.utterances.accept('s', spoken('u1', { position: 1 }))
      throw new Error('in the middle')
    })
  expect(step).toThrow('in the middle')
  expect(store.messages.lastSeq('s')).toBe(0)
  expect(store.utterances.has('s', 'u1')).toBe(false)
  // And it can be written to after that.
  store.messages.keep('s', { seq: 1, json: '{}' })
  expect(store.messages.after('s', 0, 10)).toEqual([{ seq: 1, json: '{}' }])
  store.close()
})

describe('deleting', () => {
  const secret = 'unrepeatable-words'
  /** Everything that lies in the store's folder. */
  const bytesIn = (path: string): string =>
    readdirSync(join(path, '..'))
      .map((name) => readFileSync(join(path, '..', name), 'latin1'))
      .join('')

  function fill(store: SessionStore, id: string): void {
    begin(store, id)
    for (let i = 1; i <= 50; i++) {
      store.utterances.accept(id, spoken(`u${i}`, { position: i, text: `${secret} ${i}` }))
      store.messages.keep(id, { seq: i, json: JSON.stringify({ text: secret }) })
      store.messages.accept(id, `${secret}${i}`)
      store.media.keep(id, { participant: 'ann', kind: 'audio', startMs: i, payload: Buffer.from(secret) })
    }
    store.changes.accept(id, { position: 51, settings: { ...SETTINGS, purpose: secret } })
  }

  test('leaves no trace, neither in the file nor in its log, and others alone', () => {
    const path = newPath()
    const store = createSessionStore({ path })
    fill(store, 's')
    begin(store, 'other')
    store.utterances.accept('other', spoken('u1', { position: 1, text: 'kept' }))
    expect(bytesIn(path)).toContain(secret)
    expect(store.remove('s')).toBe(true)
    expect(store.remove('s')).toBe(false)
    expect(bytesIn(path)).not.toContain(secret)
    expect(store.sessions.find('s')).toBeUndefined()
    expect(store.media.tracks('s')).toEqual([])
    expect(store.utterances.of('other')).toHaveLength(1)
    store.close()
    expect(bytesIn(path)).not.toContain(secret)
  })

  test('by age counts from the last activity', () => {
    const path = newPath()
    const store = createSessionStore({ path })
    fill(store, 'idle')
    begin(store, 'active')
    store.sessions.touch('active', 9_000)
    expect(store.deleteExpired(5_000)).toBe(1)
    expect(store.deleteExpired(5_000)).toBe(0)
    expect(store.sessions.find('active')).toBeDefined()
    expect(bytesIn(path)).not.toContain(secret)
    store.close()
  })
})

test('media comes back by the time of each track, whatever the order in which it came', () => {
  const store = createSessionStore({ path: IN_MEMORY })
  begin(store, 's')
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          participant: fc.constantFrom('ann', 'bob'),
          kind: fc.constantFrom('audio' as const, 'image' as const),
          startMs: fc.nat(5),
          payload: fc.uint8Array({ minLength: 2, maxLength: 6 }),
        }),
        { maxLength: 20 },
      ),
      (chunks) => {
        store.remove('s')
        begin(store, 's')
        for (const chunk of chunks) store.media.keep('s', chunk)
        const tracks = store.media.tracks('s')
        const read = tracks.flatMap((track) => [...store.media.of('s', track)])
        expect(read.length).toBe(chunks.length)
        for (const { participant, kind, endSample } of tracks) {
          const own = chunks.filter((chunk) => chunk.participant === participant && chunk.kind === kind)
          expect([...store.media.of('s', { participant, kind })].map(({ payload }) => [...payload])).toEqual(
            own.toSorted((a, b) => a.startMs - b.startMs).map(({ payload }) => [...payload]),
          )
          const ends = own.map(({ startMs, payload }) => startMs * 16 + Math.floor(payload.length / 2))
          expect(endSample).toBe(Math.max(...ends))
        }
      },
    ),
  )
  store.close()
})

describe('a file', () => {
  test('is for its owner only', () => {
    const path = newPath()
    const store = createSessionStore({ path })
    begin(store, 's')
    for (const name of readdirSync(join(path, '..')))
      expect((statSync(join(path, '..', name)).mode & 0o777).toString(8)).toBe('600')
    store.close()
  })

  test('is used by one server at a time, and by the next when that has ended', () => {
    const path = newPath()
    const first = createSessionStore({ path })
    begin(first, 's')
    expect(() => createSessionStore({ path })).toThrow(/EMO_STORE_UNAVAILABLE: .*SQLITE_BUSY. Another server uses it/)
    first.close()
    const second = createSessionStore({ path })
    expect(second.sessions.find('s')).toBeDefined()
    second.close()
  })

  test('of a newer version, or that is no database, is refused and left as it was', () => {
    const newer = newPath()
    createSessionStore({ path: newer }).close()
    const database = new Libsql(newer)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => createSessionStore({ path: newer })).toThrow(/EMO_STORE_UNAVAILABLE: .*got version 99/)

    const other = join(folder, 'letter.txt')
    writeFileSync(other, 'Dear Ann, '.repeat(200))
    expect(() => createSessionStore({ path: other })).toThrow(/EMO_STORE_UNAVAILABLE: .*SQLITE_NOTADB/)
    expect(readFileSync(other, 'utf8')).toBe('Dear Ann, '.repeat(200))
    expect(() => createSessionStore({ path: join(other, 'below') })).toThrow('EMO_STORE_UNAVAILABLE')
  })
})
