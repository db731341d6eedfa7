import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'

/** A server under attack. */
export interface Target {
  /** `http://127.0.0.1:8765` */
  readonly url: string
  /** `ws://127.0.0.1:8765/v1/session` */
  readonly socketUrl: string
  /** The address of this machine that an attack comes from, such as 127.0.0.2: limits are counted by address. */
  readonly localAddress?: string
}

/** Where the randomness of an attack comes from, and how much of it there is: 1 is the whole, a test takes less. */
export interface Means {
  /** Unsigned 32-bit numbers. */
  readonly random: () => number
  readonly scale: number
  /** The attack is given up: what it has open is to be cut. */
  readonly signal: AbortSignal
}

/** Does its worst, and resolves when it has done it; whatever the server does to it is no error. */
export type Attack = (target: Target, means: Means) => Promise<void>

const CONFIGURE = {
  type: 'session.update',
  participants: [{ id: 'eve' }, { id: 'mallory' }],
  consent: true,
  purpose: 'an attack',
}
const said = (i: number, more: object = {}) => ({
  type: 'transcript',
  participant: 'eve',
  text: `hostile words ${i}`,
  start_ms: i * 100,
  end_ms: i * 100 + 90,
  ...more,
})

/** Through the front door: what can be said once a WebSocket is open. */
export const WEBSOCKET_ATTACKS: Readonly<Record<string, Attack>> = {
  'bad JSON': (target, means) =>
    connected(target, means, async (socket, { random, scale }) => {
      const pieces = ['{', '}', '[', ']', '"', ':', ',', 'null', '1e999', '-', '\\u0000', '\ud800', 'type', ' ', '\n']
      for (let i = 0; i < 400 * scale; i++)
        socket.send(Array.from({ length: random() % 40 }, () => pieces[random() % pieces.length]).join(''))
      // As deep as one message can be: a parser that recurses would run out of stack.
      socket.send('['.repeat(100_000))
      socket.send(`${'{"type":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
      await answered(socket)
    }),
  'wrong types': (target, means) =>
    connected(target, means, async (socket, { random, scale }) => {
      socket.send(JSON.stringify(CONFIGURE))
      const values = [null, true, -1, 1.5, 1e308, '', 'x', [], {}, [null], { id: 1 }, '__proto__', 2 ** 53]
      const messages = [
        CONFIGURE,
        said(0),
        { type: 'utterance.end', participant: 'eve' },
        { type: 'participant.update', participant: 'eve', name: 'x' },
        { type: 'transcript.import', format: 'webvtt', payload: 'WEBVTT' },
        { type: 'session.resume', session_id: 'x', token: 'y', last_seq: 0 },
        { type: 'ping', request_id: 'p' },
      ]
      for (let i = 0; i < 400 * scale; i++) {
        const message: Record<string, unknown> = { ...messages[random() % messages.length] }
        const fields = [...Object.keys(message), '__proto__', 'constructor', 'features']
        message[fields[random() % fields.length]!] = values[random() % values.length]
        socket.send(JSON.stringify(message))
      }
      await answered(socket)
    }),
  'giant frames': async (target, means) => {
    for (const size of [300_000, 900_000, 1_100_000, Math.round(16_000_000 * means.scale)])
      await connected(target, means, async (socket) => {
        socket.send('x'.repeat(size))
        socket.send(Buffer.alloc(size, 1))
        await answered(socket)
      })
  },
  'tiny frames': (target, means) =>
    connected(target, means, async (socket, { scale }) => {
      for (let i = 0; i < 3_000 * scale; i++) socket.send(i % 2 === 0 ? '' : Buffer.alloc(i % 7))
      // One message in many pieces: beyond the limit the server closes.
      for (let i = 0; i < 200; i++) socket.send(' ', { fin: i === 199 })
      await answered(socket)
    }),
  'random bytes': (target, means) =>
    connected(target, means, async (socket, { random, scale }) => {
      socket.send(JSON.stringify(CONFIGURE))
      for (let i = 0; i < 500 * scale; i++) socket.send(randomBytes(random, random() % 600))
      await answered(socket)
    }),
  'false media': (target, means) =>
    connected(target, means, async (socket, { random, scale }) => {
      socket.send(JSON.stringify({ ...CONFIGURE, segmentation: 'server' }))
      const starts = [0, 20, 1_000, 0x7fffffff, 0xffffffff]
      for (let i = 0; i < 300 * scale; i++) {
        const payload = randomBytes(random, 2 + 2 * (random() % 400))
        // A JPEG by its first bytes, and noise after them.
        if (i % 3 === 0) Buffer.from([0xff, 0xd8, 0xff, 0xe0]).copy(payload)
        const head = Buffer.alloc(6)
        head.set([1 + (i % 2), random() % 4])
        head.writeUInt32LE(starts[random() % starts.length]!, 2)
        socket.send(Buffer.concat([head, payload]))
      }
      await answered(socket)
    }),
  '10,000 messages': (target, means) =>
    connected(target, means, async (socket, { scale }) => {
      socket.send(JSON.stringify(CONFIGURE))
      for (let i = 0; i < 10_000 * scale; i++) {
        const kind = i % 4
        if (kind === 0) socket.send(JSON.stringify(said(i, { final: i % 8 === 0 })))
        else if (kind === 1) socket.send(JSON.stringify({ type: 'ping' }))
        else if (kind === 2) socket.send(JSON.stringify({ ...CONFIGURE, mode: i % 3 === 0 ? 'offline' : 'live' }))
        else socket.send(JSON.stringify({ type: 'utterance.end', participant: 'mallory' }))
      }
      await answered(socket)
    }),
  'slow reader': (target, means) =>
    connected(target, means, async (socket, { scale }) => {
      socket.pause()
      const participants = Array.from({ length: 60 }, (_, i) => ({ id: `p${i}`, name: 'x'.repeat(256) }))
      for (let i = 0; i < 1_500 * scale; i++) socket.send(JSON.stringify({ ...CONFIGURE, participants }))
      await delay(4_000 * scale)
    }),
  pings: (target, means) =>
    connected(target, means, async (socket, { scale }) => {
      socket.pause()
      for (let i = 0; i < 50_000 * scale; i++) socket.ping(Buffer.alloc(125))
      await delay(1_000 * scale)
    }),
  'guessed sessions': (target, means) =>
    connected(target, means, async (socket, { random, scale }) => {
      for (let i = 0; i < 200 * scale; i++) {
        const session_id = `5f0c1a34-6f0e-4f39-9f52-${(random() % 2 ** 24).toString(16).padStart(12, '0')}`
        socket.send(JSON.stringify({ type: 'session.resume', session_id, token: `${random()}`, last_seq: 0 }))
      }
      await answered(socket)
    }),
  'upgrade flood': async (target, { scale, signal }) => {
    const sockets = Array.from({ length: Math.ceil(300 * scale) }, () => open(target, signal))
    await Promise.all(sockets.map(settled))
    for (const socket of sockets) socket.terminate()
  },
  'idle connections': async (target, { scale, signal }) => {
    const sockets = Array.from({ length: Math.ceil(20 * scale) }, () => open(target, signal))
    await Promise.all(sockets.map(settled))
    await delay(2_000 * scale)
    for (const socket of sockets) socket.terminate()
  },
}

function open({ socketUrl, localAddress }: Target, signal: AbortSignal): WebSocket {
  const socket = new WebSocket(socketUrl, { ...(localAddress !== undefined && { localAddress }) })
  socket.on('error', () => {})
  signal.addEventListener('abort', () => socket.terminate())
  return socket
}

/** Runs with an open WebSocket; one that is refused has nothing to do. It is left without a closing handshake. */
async function connected(
  target: Target,
  means: Means,
  act: (socket: WebSocket, means: Means) => Promise<void>,
): Promise<void> {
  const socket = open(target, means.signal)
  if (await settled(socket)) await act(socket, means)
  socket.terminate()
}

/** True once the socket is open, false once it is clear that it will not be. */
function settled(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.on('open', () => resolve(true))
    socket.on('close', () => resolve(false))
  })
}

/** Resolves when the server has answered all that was sent (a last ping tells), or has closed the connection. */
function answered(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve()
    const request_id = 'the last one'
    socket.on('close', () => resolve())
    socket.on('message', (data) => {
      if (String(data).includes(request_id)) resolve()
    })
    socket.send(JSON.stringify({ type: 'ping', request_id }))
  })
}

export function randomBytes(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random() & 0xff))
}
