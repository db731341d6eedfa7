import { type ConnectOptions, connect } from '../../src/client/index.ts'
import { AUDIO_SAMPLES_PER_MS } from '../../src/server/protocol/media-frame.ts'
import { type LatencyFigures, latencyFigures } from './figures.ts'
import type { Clip } from './media.ts'
import { type Pace, type Scene, type Spoken, type Stream, speak, type Told } from './speak.ts'

const PEOPLE = ['ann', 'bob'] as const
/** Between two utterances, in ms: no round number, so that their ends fall anywhere between two frames of sound. */
const PAUSE_MS = 613
const BOUND_P95_MS = 150

/** Part of a participant's time line. */
interface Turn {
  readonly startMs: number
  readonly clip: Clip
}

/** Two people who talk in turns before their cameras: words as they come, sound and pictures all the time. */
export interface Meeting {
  readonly clips: readonly Clip[]
  readonly minutes: number
  readonly pace: Pace
  readonly told: Told
}

export async function oneSession(url: string, meeting: Meeting): Promise<LatencyFigures> {
  const what = `1 session, transcript + audio + video at ${meeting.pace.picturesPerSecond}/s`
  return latencyFigures(what, await meet(url, meeting, {}), BOUND_P95_MS)
}

/** Lets the meeting happen. */
export async function meet(url: string, meeting: Meeting, options: ConnectOptions): Promise<Spoken[]> {
  const { clips, minutes, pace, told } = meeting
  const client = await connect(url, options)
  await client.configure({
    mode: 'live',
    participants: PEOPLE.map((id) => ({ id })),
    consent: true,
    purpose: 'a benchmark',
  })
  const spoken = await speak(client, sceneOf(clips, minutes * 60_000), pace, told)
  await client.close()
  return spoken
}

function sceneOf(clips: readonly Clip[], durationMs: number): Scene {
  const turns: Turn[][] = PEOPLE.map(() => [])
  const utterances: Scene['utterances'][number][] = []
  let at = 1_000
  for (let i = 0; at < durationMs; i++) {
    const clip = clips[i % clips.length]!
    const participant = i % PEOPLE.length
    turns[participant]!.push({ startMs: at, clip })
    utterances.push({
      utterance_id: `t${i}`,
      participant: PEOPLE[participant]!,
      text: clip.words,
      start_ms: at,
      end_ms: at + clip.durationMs,
    })
    at += clip.durationMs + PAUSE_MS
  }
  return { utterances, streams: PEOPLE.map((id, i) => streamOf(id, turns[i]!, clips[0]!)), interimMs: 300 }
}

function streamOf(participant: string, turns: readonly Turn[], waiting: Clip): Stream {
  const turnAt = (ms: number): Turn | undefined =>
    turns.find(({ startMs, clip }) => startMs <= ms && ms < startMs + clip.durationMs)
  return {
    participant,
    audio: (fromMs, toMs) =>
      Int16Array.from({ length: (toMs - fromMs) * AUDIO_SAMPLES_PER_MS }, (_, i) => {
        const turn = turnAt(fromMs + Math.floor(i / AUDIO_SAMPLES_PER_MS))
        // A quiet room is not digital silence.
        if (turn === undefined) return ((i * 7_919) % 17) - 8
        return turn.clip.samples[(fromMs - turn.startMs) * AUDIO_SAMPLES_PER_MS + i] ?? 0
      }),
    picture(atMs) {
      const turn = turnAt(atMs)
      const [first] = waiting.pictures
      if (turn === undefined) return first!.jpeg
      return (turn.clip.pictures.findLast((picture) => picture.atMs <= atMs - turn.startMs) ?? first!).jpeg
    },
  }
}
