import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type PlayedConversation, playConversation } from '../../src/client/play.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { randomNumbers, seedFor } from '../../src/crossmodal/random.ts'
import { type Attack, type Target, WEBSOCKET_ATTACKS } from './hostile-clients.ts'
import { SOCKET_ATTACKS } from './hostile-sockets.ts'

export const ATTACKS: Readonly<Record<string, Attack>> = { ...WEBSOCKET_ATTACKS, ...SOCKET_ATTACKS }

export interface AttackOptions {
  readonly seed: number
  readonly scale: number
  /** How many attacks go on at the same time. */
  readonly atOnce: number
  /** An attack that the server keeps waiting is given up after this long, ms. */
  readonly atMostMs: number
}

export interface AttackReport {
  readonly name: string
  readonly durationMs: number
  /** False: given up. */
  readonly ended: boolean
}

/** All attacks, each from an address of its own where the system has more than one for itself (Linux: 127.0.0.0/8). */
export async function attackAll(target: Target, options: AttackOptions): Promise<AttackReport[]> {
  const waiting = Object.entries(ATTACKS).map(([name, attack], i) => ({
    name,
    attack,
    from: platform() === 'linux' ? { ...target, localAddress: `127.0.1.${i + 1}` } : target,
  }))
  const reports: AttackReport[] = []
  async function worker(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const began = performance.now()
      const giveUp = new AbortController()
      // One for each socket of a flood.
      setMaxListeners(0, giveUp.signal)
      const random = randomNumbers(seedFor(options.seed, next.name))
      const means = { random, scale: options.scale, signal: giveUp.signal }
      const ended = await Promise.race([
        next.attack(next.from, means).then(() => true),
        delay(options.atMostMs, false, { ref: false }),
      ])
      giveUp.abort()
      reports.push({ name: next.name, durationMs: performance.now() - began, ended })
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, worker))
  return reports
}

/** Well-behaved sessions, the conversations in turn, one session each; they begin a moment apart. */
export function playAll(
  { socketUrl }: Target,
  conversations: readonly Conversation[],
  options: { readonly sessions: number; readonly speed: number },
): Promise<PlayedConversation[]> {
  const { sessions, speed } = options
  return Promise.all(
    Array.from({ length: sessions }, async (_, i) => {
      await delay(i * 150)
      const conversation = conversations[i % conversations.length]!
      return playConversation(socketUrl, conversation, { mode: 'live', speed, sendFeatures: [], purpose: 'a fuzz run' })
    }),
  )
}

/** Every label with its probabilities, for equality. */
export const labelsOf = (played: readonly PlayedConversation[]): string[] =>
  played.flatMap(({ utterances }, session) =>
    utterances.map(({ utterance, label, probabilities }) =>
      [session, utterance.id, label, ...Array.from(probabilities, (value) => value.toFixed(6))].join(' '),
    ),
  )

export const latenciesOf = (played: readonly PlayedConversation[]): number[] =>
  played.flatMap(({ utterances }) => utterances.map(({ roundTripMs }) => roundTripMs)).toSorted((a, b) => a - b)

/** Memory of another process in bytes. */
export interface Memory {
  /** JavaScript objects that are still reachable. */
  readonly heap: number
  /** All that the process has of the machine's; Linux only. */
  readonly resident: number | undefined
}

/**
 * What a process needs, not what it has not thrown away yet: its garbage is collected first, through its inspector.
 * @param inspector as Node tells it on stderr: `ws://127.0.0.1:9229/…`
 */
export async function memoryInUse(inspector: string, pid: number): Promise<Memory> {
  const socket = new WebSocket(inspector)
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const call = (id: number, method: string): Promise<unknown> =>
    new Promise((resolve) => {
      socket.on('message', (data) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown }
        if (answer.id === id) resolve(answer.result)
      })
      socket.send(JSON.stringify({ id, method }))
    })
  // Twice: what a finaliser lets go is garbage only then.
  await call(1, 'HeapProfiler.collectGarbage')
  await call(2, 'HeapProfiler.collectGarbage')
  const { usedSize } = (await call(3, 'Runtime.getHeapUsage')) as { usedSize: number }
  socket.close()
  return { heap: usedSize, resident: await residentBytes(pid) }
}

/** Resident memory of another process in bytes; Linux only. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
}
