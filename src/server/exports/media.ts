import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import type { WireParticipant } from '../protocol/client-messages.ts'
import { AUDIO_RATE, AUDIO_SAMPLE_BYTES, AUDIO_SAMPLES_PER_MS } from '../protocol/media-frame.ts'
import type { MediaRows, MediaTrack } from '../store/media-rows.ts'

const BYTES_PER_MS = AUDIO_SAMPLES_PER_MS * AUDIO_SAMPLE_BYTES

/** Silence is written in pieces of this many bytes at most: a second. */
const SILENCE = 1_000 * BYTES_PER_MS

const WAV_HEAD_BYTES = 44

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
  const bytes = track.endSample * AUDIO_SAMPLE_BYTES
  const entry = archive.entry({ name, size: WAV_HEAD_BYTES + bytes })
  await pipeline(Readable.from(wav(media, sessionId, track)), entry)
}

function* wav(media: MediaRows, sessionId: string, track: MediaTrack): Generator<Buffer> {
  yield wavHead(track.endSample * AUDIO_SAMPLE_BYTES)
  let at = 0
  for (const { startMs, payload } of media.of(sessionId, track)) {
    const start = startMs * BYTES_PER_MS
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

/** RIFF head of the protocol's audio: 16-bit mono PCM at 16 kHz. */
function wavHead(dataBytes: number): Buffer {
  const head = Buffer.alloc(WAV_HEAD_BYTES)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(WAV_HEAD_BYTES - 8 + dataBytes, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(AUDIO_RATE, 24)
  head.writeUInt32LE(AUDIO_RATE * AUDIO_SAMPLE_BYTES, 28)
  head.writeUInt16LE(AUDIO_SAMPLE_BYTES, 32)
  head.writeUInt16LE(AUDIO_SAMPLE_BYTES * 8, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(dataBytes, 40)
  return head
}
