import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  type PlayedConversation,
  type PlayOptions,
  playConversation,
  type ServerMessage,
} from '../../src/client/index.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { MODES } from '../../src/conversation/mode.ts'
import { createRng } from '../../src/training/rng.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { createServing, type Serving } from './serving.ts'

/** A real server, the real text encoder, a replay; and a connection that breaks, and a server that is killed. */

let serving: Serving
let socketUrl: string
let remove: () => Promise<void>
beforeAll(async () => {
  const checkpoint = await writeTestCheckpoint()
  remove = checkpoint.remove
  serving = await createServing(['--model', checkpoint.dir, '--data-dir', join(checkpoint.dir, 'sessions')])
  await serving.start()
  socketUrl = `${serving.url.replace('http', 'ws')}/v1/session`
})
afterAll(async () => {
  await serving.kill()
  await remove()
})

const rng = createRng(3)
const conversation: Conversation = {
  id: 'talk',
  utterances: Array.from({ length: 24 }, (_, i) => ({
    id: `t${i}`,
    speaker: ['ann', 'bob', 'cho'][rng.integer(3)]!,
    startMs: 100 * i,
    endMs: 100 * i + 90,
    text: `sentence number ${rng.integer(1_000)}`,
    label: null,
    features: rng.uniform() < 0.7 ? { audio: Float32Array.from({ length: 66 }, () => 4 * rng.uniform() - 2) } : {},
  })),
}

const play = (options: Pick<PlayOptions, 'mode'> & Partial<PlayOptions>): Promise<PlayedConversation> =>
  playConversation(socketUrl, conversation, {
    speed: Number.POSITIVE_INFINITY,
    sendFeatures: ['audio'],
    purpose: 'a test',
    resume: { firstDelayMs: 20, longestDelayMs: 200, maxMs: 600_000 },
    ...options,
  })

const told = ({ utterances }: PlayedConversation) =>
  utterances.map(({ utterance, label, probabilities, modalities }) => ({
    id: utterance.id,
    label,
    probabilities: [...probabilities],
    modalities,
  }))

test.each(MODES)('%s: labels are those of a quiet run, each told once', async (mode) => {
  const quiet = await play({ mode })

  const sockets = new Set<WebSocket>()
  class CutWebSocket extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols)
      sockets.add(this)
      this.once('close', () => sockets.delete(this))
    }
  }
  const heard: ServerMessage[] = []
  const restarts: Promise<void>[] = []
  const disturbed = await play({
    mode,
    WebSocket: CutWebSocket,
    onMessage(message) {
      heard.push(message)
      // Not at the answers alone: at the beginning of some utterances too.
      if (message.type !== 'utterance.start' && message.type !== 'utterance.label') return
      const place = `${message.type} ${message.utterance_id}`
      if (['utterance.start t2', 'utterance.label t9', 'utterance.start t17'].includes(place))
        for (const socket of sockets) socket.terminate()
      if (place === 'utterance.start t13') restarts.push(serving.kill().then(() => serving.start()))
    },
  })
  await Promise.all(restarts)

  expect(restarts).toHaveLength(1)
  expect(heard.filter(({ type }) => type === 'session.resumed').length).toBeGreaterThanOrEqual(4)
  expect(told(disturbed)).toEqual(told(quiet))
  const kept = heard.filter(({ type }) => type.startsWith('utterance.') || type === 'session.updated')
  expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, i) => i + 2))
})
