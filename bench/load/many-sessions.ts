import { setTimeout as sleep } from 'node:timers/promises'
import { encodeFeatures } from '../../src/client/encode-features.ts'
import { connect } from '../../src/client/index.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import type { Modality } from '../../src/conversation/modality.ts'
import { createRng } from '../../src/training/rng.ts'
import { type LatencyFigures, latencyFigures } from './figures.ts'
import type { LoadServer } from './server.ts'
import { looped, type Pace, type Scene, type Spoken, speak, type Told } from './speak.ts'

export interface ManyOptions {
  /** Sessions of words and precomputed features; sessions of words and sound. */
  readonly withFeatures: number
  readonly withAudio: number
  readonly minutes: number
  readonly pace: Pace
  /** Sessions with sound tell what has been said so far at these distances, in ms, as live recognisers do. */
  readonly interimMs: number | undefined
  readonly conversations: readonly Conversation[]
  /** Which of the utterances' own features are sent. */
  readonly modalities: readonly Modality[]
  /** What everybody with sound says. */
  readonly speech: Int16Array
}

export interface ManyFigures {
  readonly latencies: LatencyFigures[]
  /** Mean resident memory of the server in the ten seconds about the first minute, and in the last ten. */
  readonly rssFirstMinuteMb: number
  readonly rssEndMb: number
  readonly rssGrowth: number
}

const BOUND_P95_MS = 300
/** Sessions begin within so long, so that they are not all at the same place. */
const STAGGER_MS = 30_000
const WINDOW_MS = 10_000
const MINUTE_MS = 60_000

/** Many conversations at true speed for some minutes; when one is over, the next begins in its place. */
export async function manySessions(server: LoadServer, options: ManyOptions, told: Told): Promise<ManyFigures> {
  const { withFeatures, withAudio, minutes } = options
  const began = performance.now()
  const endsAt = began + minutes * MINUTE_MS
  const rng = createRng(1)
  const memory: { atMs: number; mb: number }[] = []
  const sampler = setInterval(() => memory.push({ atMs: performance.now() - began, mb: server.rssMb() }), 500)

  const places = Array.from({ length: withFeatures + withAudio }, (_, i) => ({
    first: rng.integer(options.conversations.length),
    startMs: rng.uniform() * Math.min(STAGGER_MS, (minutes * MINUTE_MS) / 4),
    audio: i >= withFeatures,
  }))
  const all = await Promise.all(
    places.map(async ({ first, startMs, audio }) => {
      await sleep(startMs)
      const spoken: Spoken[] = []
      for (let next = first; performance.now() < endsAt; next++) {
        const conversation = options.conversations[next % options.conversations.length]!
        spoken.push(...(await hold(server.socketUrl, conversation, endsAt - performance.now(), audio, options, told)))
      }
      return { audio, spoken }
    }),
  )
  clearInterval(sampler)
  const lastMs = minutes * MINUTE_MS
  const mean = (fromMs: number, toMs: number): number => {
    const within = memory.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    return within.reduce((sum, { mb }) => sum + mb, 0) / within.length
  }
  const rssFirstMinuteMb = mean(MINUTE_MS - WINDOW_MS / 2, MINUTE_MS + WINDOW_MS / 2)
  const rssEndMb = mean(lastMs - WINDOW_MS, lastMs)
  const of = (audio: boolean): Spoken[] => all.flatMap((each) => (each.audio === audio ? each.spoken : []))
  return {
    latencies: [
      latencyFigures(`${withFeatures} sessions, transcript + features`, of(false), BOUND_P95_MS),
      latencyFigures(`${withAudio} sessions, transcript + audio`, of(true), BOUND_P95_MS),
    ],
    rssFirstMinuteMb,
    rssEndMb,
    rssGrowth: rssEndMb / rssFirstMinuteMb - 1,
  }
}

/** One conversation in a session of its own, as much of it as fits into the time. */
async function hold(
  url: string,
  conversation: Conversation,
  forMs: number,
  audio: boolean,
  options: ManyOptions,
  told: Told,
): Promise<Spoken[]> {
  const client = await connect(url)
  const people = [...new Set(conversation.utterances.map(({ speaker }) => speaker))]
  await client.configure({
    mode: 'live',
    participants: people.map((id) => ({ id })),
    consent: true,
    purpose: 'a benchmark',
  })
  const utterances = conversation.utterances.filter(({ endMs }) => endMs < forMs)
  if (utterances.length === 0) {
    await sleep(Math.max(0, forMs))
    client.terminate()
    return []
  }
  const scene: Scene = {
    utterances: utterances.map(({ id, speaker, text = '', startMs, endMs, features }) => ({
      utterance_id: id,
      participant: speaker,
      text,
      start_ms: startMs,
      end_ms: endMs,
      ...(!audio && { features: encodeFeatures(features, options.modalities) }),
    })),
    ...(audio && options.interimMs !== undefined && { interimMs: options.interimMs }),
    streams: audio ? people.map((participant) => ({ participant, audio: looped(options.speech) })) : [],
  }
  const spoken = await speak(client, scene, options.pace, told)
  await client.close()
  return spoken
}
