import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { extract, type Pack } from 'tar-stream'
import { expect, onTestFinished, test } from 'vitest'
import { mediaArchive } from '../../../src/server/exports/media.ts'
import { createFakeModel } from '../../../src/server/fakes.ts'
import { initialSettings } from '../../../src/server/settings.ts'
import { IN_MEMORY } from '../../../src/server/store/database.ts'
import { createSessionStore } from '../../../src/server/store/session-store.ts'

async function filesOf(archive: Pack): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const reader = extract()
  const piped = pipeline(archive, reader)
  for await (const entry of reader) {
    const pieces: Buffer[] = []
    for await (const piece of entry) pieces.push(piece as Buffer)
    files.set(entry.header.name, Buffer.concat(pieces))
  }
  await piped
  return files
}

test('sound stands where it was said, silence elsewhere; pictures are named by their time', async () => {
  const store = createSessionStore({ path: IN_MEMORY })
  onTestFinished(() => store.close())
  const model = createFakeModel()
  const begin = (): void =>
    store.sessions.create({
      id: 's',
      tokenHash: '0'.repeat(64),
      owner: undefined,
      settings: initialSettings(model),
      model,
      createdAt: 0,
    })
  const frame = fc.record({
    startMs: fc.nat(4_000),
    ms: fc.integer({ min: 1, max: 200 }),
    value: fc.integer({ min: 1, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.nat(5_000), { maxLength: 4 }),
      async (sounds, shots) => {
        store.remove('s')
        begin()
        for (const { startMs, ms, value } of sounds) {
          const payload = new Uint8Array(new Int16Array(ms * 16).fill(value).buffer)
          store.media.keep('s', { participant: 'b c/..', kind: 'audio', startMs, payload })
        }
        for (const startMs of shots)
          store.media.keep('s', {
            participant: 'ann',
            kind: 'image',
            startMs,
            payload: Uint8Array.of(0xff, 0xd8, 0xff),
          })
        const files = await filesOf(mediaArchive(store.media, 's', [{ id: 'ann' }, { id: 'b c/..' }]))

        const pictures = [...files.keys()].filter((name) => name.startsWith('participant-1/'))
        expect(pictures.map((name) => Number(/(\d{9})/.exec(name)![1]))).toEqual(shots.toSorted((a, b) => a - b))
        const wav = files.get('participant-2/audio.wav')
        expect(wav !== undefined).toBe(sounds.length > 0)
        if (wav === undefined) return
        expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 12)).toBe('RIFFWAVE')
        expect(wav.readUInt32LE(40)).toBe(wav.length - 44)
        const expected = new Int16Array(Math.max(...sounds.map(({ startMs, ms }) => (startMs + ms) * 16)))
        // Of pieces that overlap, the one that began first is heard.
        for (const { startMs, ms, value } of sounds.toSorted((a, b) => a.startMs - b.startMs))
          for (let i = startMs * 16; i < (startMs + ms) * 16; i++) expected[i] ||= value
        expect(wav.subarray(44).equals(Buffer.from(expected.buffer))).toBe(true)
      },
    ),
    { numRuns: 40 },
  )
})
