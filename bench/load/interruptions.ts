import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import {
  type PlayedConversation,
  type PlayOptions,
  playConversation,
  type ServerMessage,
  type WebSocketConstructor,
} from '../../src/client/index.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import type { Modality } from '../../src/conversation/modality.ts'
import type { Mode } from '../../src/conversation/mode.ts'
import { createRng, type Rng } from '../../src/training/rng.ts'
import { type Meeting, meet } from './one-session.ts'
import type { LoadServer } from './server.ts'

export interface InterruptionOptions {
  readonly conversations: readonly Conversation[]
  readonly modalities: readonly Modality[]
  readonly mode: Mode
  readonly count: number
}

const RESUME = { firstDelayMs: 20, longestDelayMs: 200, maxMs: 120_000 } as const

/** What interruptions have changed: nothing, if all is well. */
export interface InterruptionFigures {
  readonly what: string
  /** Precomputed features, so that labels have to be equal; with media, what came too late after a restart is not used. */
  readonly replayed: boolean
  readonly interruptions: number
  readonly conversations: number
  readonly utterances: number
  readonly differingLabels: number
  readonly largestDifference: number
  readonly lost: number
  readonly doubled: number
}

/** Plays whole conversations while `interrupt` is called `count` times, and holds each against the undisturbed run. */
async function withInterruptions(
  url: () => string,
  what: string,
  options: InterruptionOptions,
  interrupt: (rng: Rng) => Promise<void>,
  more: Partial<PlayOptions>,
): Promise<InterruptionFigures> {
  const { conversations, mode } = options
  const undisturbed = new Map<Conversation, PlayedConversation>()
  for (const conversation of conversations)
    undisturbed.set(conversation, await playConversation(url(), conversation, playOptions(options, {})))

  const rng = createRng(7)
  let done = 0
  const saboteur = (async () => {
    for (; done < options.count; done++) await interrupt(rng)
  })()
  const figures = { differingLabels: 0, largestDifference: 0, lost: 0, doubled: 0, conversations: 0, utterances: 0 }
  for (let i = 0; done < options.count; i++) {
    const conversation = conversations[i % conversations.length]!
    const labels = new Map<string, number>()
    const played = await playOnceGreeted(url, conversation, {
      ...playOptions(options, more),
      onMessage(message) {
        if (message.type === 'utterance.label' && !message.interim)
          labels.set(message.utterance_id, (labels.get(message.utterance_id) ?? 0) + 1)
      },
    })
    const expected = undisturbed.get(conversation)!
    figures.conversations++
    for (const [k, { utterance, label, probabilities }] of played.utterances.entries()) {
      const given = labels.get(utterance.id) ?? 0
      figures.utterances++
      if (given === 0) figures.lost++
      if (given > 1) figures.doubled++
      if (label !== expected.utterances[k]!.label) figures.differingLabels++
      for (const [c, value] of probabilities.entries())
        figures.largestDifference = Math.max(
          figures.largestDifference,
          Math.abs(value - expected.utterances[k]!.probabilities[c]!),
        )
    }
  }
  await saboteur
  return { what: `${what}, ${mode}`, replayed: true, interruptions: done, ...figures }
}

/** A conversation can begin while the server is down; there is no session to come back to then. */
async function playOnceGreeted(
  url: () => string,
  conversation: Conversation,
  options: PlayOptions,
): Promise<PlayedConversation> {
  for (;;) {
    let heard = 0
    const onMessage = (message: ServerMessage): void => {
      heard++
      options.onMessage?.(message)
    }
    try {
      return await playConversation(url(), conversation, { ...options, onMessage })
    } catch (error) {
      if (heard > 0) throw error
      await sleep(50)
    }
  }
}

/** Cuts the connection without a word, some milliseconds after the session was taken up. */
export function disconnects(server: LoadServer, options: InterruptionOptions): Promise<InterruptionFigures> {
  const cutter = createCutter()
  async function cut(rng: Rng): Promise<void> {
    await sleep(5 + 100 * rng.uniform())
    while (!cutter.cut()) await sleep(1)
  }
  return withInterruptions(() => server.socketUrl, 'disconnects', options, cut, { WebSocket: cutter.WebSocket })
}

/** Kills the server as `kill -9` does, at any moment, and starts it again. */
export function kills(server: LoadServer, options: InterruptionOptions): Promise<InterruptionFigures> {
  async function kill(rng: Rng): Promise<void> {
    await sleep(100 + 900 * rng.uniform())
    await server.killAndRestart()
  }
  return withInterruptions(() => server.socketUrl, 'kill -9', options, kill, {})
}

/**
 * The conversation of the first part with sound and pictures at true speed, undisturbed and again with interruptions at
 * even distances, every fourth of them a `kill -9`.
 */
export async function streamedInterruptions(
  server: LoadServer,
  meeting: Meeting,
  count: number,
): Promise<InterruptionFigures> {
  const expected = await meet(server.socketUrl, meeting, {})
  const cutter = createCutter()
  let done = 0
  let over = false
  const saboteur = (async () => {
    for (; done < count; done++) {
      await sleep((meeting.minutes * 60_000) / (count + 1))
      if (over) return
      if (done % 4 === 3) await server.killAndRestart()
      else cutter.cut()
    }
  })()
  const spoken = await meet(server.socketUrl, meeting, { WebSocket: cutter.WebSocket, resume: RESUME })
  over = true
  await saboteur
  const differences = spoken.map(({ probabilities }, i) =>
    Math.max(...probabilities.map((value, c) => Math.abs(value - expected[i]!.probabilities[c]!))),
  )
  return {
    what: 'with audio and video, live',
    replayed: false,
    interruptions: done,
    conversations: 1,
    utterances: spoken.length,
    differingLabels: spoken.filter(({ label }, i) => label !== expected[i]!.label).length,
    largestDifference: Math.max(...differences),
    lost: spoken.filter(({ finals }) => finals === 0).length,
    doubled: spoken.filter(({ finals }) => finals > 1).length,
  }
}

/** WebSockets that can be cut: no closing handshake, what is on its way is lost. `cut` says whether there was one. */
function createCutter(): { readonly WebSocket: WebSocketConstructor; cut(): boolean } {
  const live = new Set<WebSocket>()
  class CutWebSocket extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols)
      // After the first message it is in a session.
      this.once('message', () => live.add(this))
      this.once('close', () => live.delete(this))
    }
  }
  return {
    WebSocket: CutWebSocket,
    cut() {
      const any = live.size > 0
      for (const socket of live) socket.terminate()
      live.clear()
      return any
    },
  }
}

function playOptions({ mode, modalities }: InterruptionOptions, more: Partial<PlayOptions>): PlayOptions {
  return {
    mode,
    speed: Number.POSITIVE_INFINITY,
    sendFeatures: modalities,
    purpose: 'a benchmark',
    resume: RESUME,
    ...more,
  }
}
