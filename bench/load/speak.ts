import type { Client, TranscriptInput } from '../../src/client/index.ts'
import { AUDIO_SAMPLES_PER_MS } from '../../src/server/protocol/media-frame.ts'

/** What one person says and how he looks, over the whole conversation. */
export interface Stream {
  readonly participant: string
  /** The sound from one moment to another, 16 kHz. */
  readonly audio?: (fromMs: number, toMs: number) => Int16Array
  /** The picture at a moment. */
  readonly picture?: (atMs: number) => Uint8Array
}

/** A conversation as it happens. */
export interface Scene {
  /** Final transcripts, each sent at its end. */
  readonly utterances: readonly (TranscriptInput & { readonly utterance_id: string })[]
  readonly streams: readonly Stream[]
  /** Sends what has been said so far at these distances, in ms. */
  readonly interimMs?: number
}

export interface Pace {
  /** A frame of sound is sent when it is whole. */
  readonly frameMs: number
  readonly picturesPerSecond: number
}

/** One final transcript and what came of it. */
export interface Spoken {
  readonly id: string
  /** From the utterance's end on the clock to the arrival of its final label; NaN for none. */
  readonly latencyMs: number
  /** Of it, how late the client's own timer sent the transcript. */
  readonly lateMs: number
  readonly label: string | undefined
  readonly probabilities: readonly number[]
  readonly modalities: readonly string[]
  /** How many final labels came. */
  readonly finals: number
}

interface Moment {
  readonly atMs: number
  readonly happen: () => void
}

/** What clients were told beside labels, and what they did not expect: how often. */
export type Told = Map<string, number>

/**
 * Lets a conversation happen at true speed; resolves when every utterance has its label or an error.
 *
 * @param told what the server says of its own state is counted there, and errors are
 */
export async function speak(client: Client, scene: Scene, pace: Pace, told: Told): Promise<Spoken[]> {
  const count = (what: string): unknown => told.set(what, (told.get(what) ?? 0) + 1)
  client.on('rate_limited', ({ reason }) => count(`rate_limited ${reason}`))
  client.on('quality', ({ level, reason }) => count(`quality ${level} (${reason})`))
  client.on('media.dropped', ({ kind, reason }) => count(`media.dropped ${kind} ${reason}`))
  client.on('buffer.dropped', ({ kind }) => count(`buffer.dropped ${kind}`))
  client.on('state', ({ error, attempt }) => error && attempt === 1 && count(`connection lost (${error.detail.got})`))
  client.on('error', ({ code }) => count(code))
  const began = performance.now()
  const now = (): number => performance.now() - began
  const finals = new Map<string, number>()
  const off = client.on('utterance.label', ({ utterance_id, interim }) => {
    if (!interim) finals.set(utterance_id, (finals.get(utterance_id) ?? 0) + 1)
  })
  const pending: Promise<Omit<Spoken, 'finals'>>[] = []

  async function finish(utterance: Scene['utterances'][number]): Promise<Omit<Spoken, 'finals'>> {
    const lateMs = now() - utterance.end_ms
    const spoken = { id: utterance.utterance_id, lateMs }
    try {
      const { label, modalities, probabilities } = await client.label(utterance)
      const latencyMs = now() - utterance.end_ms
      return { ...spoken, latencyMs, label, modalities, probabilities: probabilities.map((each) => each.probability) }
    } catch (error) {
      count(`failed: ${(error as { code?: string }).code ?? error}`)
      return { ...spoken, latencyMs: Number.NaN, label: undefined, modalities: [], probabilities: [] }
    }
  }

  for (const { atMs, happen } of moments(client, scene, pace, (utterance) => pending.push(finish(utterance)))) {
    const ms = atMs - now()
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    happen()
  }
  const spoken = await Promise.all(pending)
  off()
  return spoken.map((each) => ({ ...each, finals: finals.get(each.id) ?? 0 }))
}

function moments(
  client: Client,
  { utterances, streams, interimMs }: Scene,
  { frameMs, picturesPerSecond }: Pace,
  finish: (utterance: Scene['utterances'][number]) => void,
): Moment[] {
  const all: Moment[] = []
  // The sound goes on a little, so that the last frame of the last utterance is whole.
  const endMs = Math.max(...utterances.map(({ end_ms }) => end_ms)) + frameMs
  for (const { participant, audio, picture } of streams) {
    if (audio !== undefined)
      for (let from = 0; from < endMs; from += frameMs)
        all.push({
          atMs: from + frameMs,
          happen: () => client.sendAudio(participant, from, audio(from, from + frameMs)),
        })
    if (picture !== undefined)
      for (let at = 0; at < endMs; at += Math.round(1_000 / picturesPerSecond))
        all.push({ atMs: at, happen: () => client.sendImage(participant, at, picture(at)) })
  }
  for (const utterance of utterances) {
    all.push({ atMs: utterance.end_ms, happen: () => finish(utterance) })
    if (interimMs !== undefined) all.push(...interims(client, utterance, interimMs))
  }
  return all.toSorted((a, b) => a.atMs - b.atMs)
}

/** The words that have been said by then, spoken evenly. */
function interims(client: Client, utterance: Scene['utterances'][number], everyMs: number): Moment[] {
  const { start_ms, end_ms, participant, utterance_id, text = '' } = utterance
  const words = text.split(' ')
  const found: Moment[] = []
  for (let at = start_ms + everyMs; at < end_ms; at += everyMs) {
    const said = words.slice(0, Math.ceil((words.length * (at - start_ms)) / (end_ms - start_ms))).join(' ')
    found.push({
      atMs: at,
      happen: () => client.interim({ participant, utterance_id, text: said, start_ms, end_ms: at }),
    })
  }
  return found
}

/** Sound for a time span out of a recording that is played again and again. */
export function looped(samples: Int16Array): (fromMs: number, toMs: number) => Int16Array {
  return (fromMs, toMs) => {
    const from = fromMs * AUDIO_SAMPLES_PER_MS
    return Int16Array.from(
      { length: (toMs - fromMs) * AUDIO_SAMPLES_PER_MS },
      (_, i) => samples[(from + i) % samples.length]!,
    )
  }
}
