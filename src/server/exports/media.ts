import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import type { WireParticipant } from '../protocol/client-messages.ts'
import type { MediaRows, MediaTrack } from '../store/media-rows.ts'

/** Silence is written in pieces of this many bytes at most: a second. */
const SILENCE = 32_000

/**
 * The media of a session as a tar file: `participants.json` (who is at which place), and for each participant a folder
 * named by its place, from 1, with `audio.wav` (16 kHz, mono, from the start of the conversation, silence where nothing
 * came) and `<ms>.jpg` for each picture. One piece at a time is in memory.
 */
export function mediaArchive(media: MediaRows, sessionId: string, participants: readonly WireParticipant[]): Pack {
  const archive = pack()
  const places = new Map(participants.map(({ id }, i) => [id, `participant-${i + 1}`]))

  async function write(): Promise<void> {
    archive.entry(
      { name: 'participants.json' },
      `${JSON.stringify([...places].map(([id, folder]) => ({ id, folder })))}\n`,
    )
    for (const track of media.tracks(sessionId)) {
      const folder = places.get(track.participant) ?? 'others'
      if (track.kind === 'audio') await addAudio(archive, `${folder}/audio.wav`, media, sessionId, track)
      else await addPictures(archive, folder, media, sessionId, track)
    }
    archive.finalize()
  }

  write().catch((error: Error) => archive.destroy(error))
  return archive
}

async function addAudio(archive: Pack, name: string, media: MediaRows, sessionId: string, track: MediaTrack) {
  const bytes = track.endSample * 2
  const entry = archive.entry({ name, size: 44 + bytes })
  await pipeline(Readable.from(wav(media, sessionId, track)), entry)
}

function* wav(media: MediaRows, sessionId: string, track: MediaTrack): Generator<Buffer> {
  yield wavHead(track.endSample * 2)
  let at = 0
  for (const { startMs, payload } of media.of(sessionId, track)) {
    const start = startMs * 32
    for (; at < start; at += Math.min(SILENCE, start - at)) yield Buffer.alloc(Math.min(SILENCE, start - at))
    // What overlaps was said already.
    const fresh = Buffer.from(payload).subarray(at - start)
    if (at - start < payload.length) yield fresh
    at = Math.max(at, start + payload.length)
  }
}

async function addPictures(archive: Pack, folder: string, media: MediaRows, sessionId: string, track: MediaTrack) {
  let last = { startMs: -1, copies: 0 }
  for (const { startMs, payload } of media.of(sessionId, track)) {
    last = { startMs, copies: startMs === last.startMs ? last.copies + 1 : 0 }
    const name = `${folder}/${String(startMs).padStart(9, '0')}${last.copies === 0 ? '' : `-${last.copies}`}.jpg`
    await new Promise<void>((resolve, reject) => {
      archive.entry({ name }, Buffer.from(payload), (error) => (error ? reject(error) : resolve()))
    })
  }
}

/** RIFF head of 16-bit mono PCM at 16 kHz. */
function wavHead(dataBytes: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + dataBytes, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(16_000, 24)
  head.writeUInt32LE(32_000, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(dataBytes, 40)
  return head
}
