import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { handshake } from './handshake.ts'
import { type Attack, randomBytes, type Target } from './hostile-clients.ts'

/** Beside the protocol: what a raw socket can do to a server. */
export const SOCKET_ATTACKS: Readonly<Record<string, Attack>> = {
  'no HTTP': async (target, { random, scale }) => {
    const bytes = Array.from({ length: 40 * scale }, () => randomBytes(random, 1 + (random() % 2_000)))
    await Promise.all(bytes.map((each) => raw(target, (socket) => socket.end(each))))
  },
  'no WebSocket': async (target, { random, scale }) => {
    const bytes = Array.from({ length: 40 * scale }, () => randomBytes(random, 1 + (random() % 2_000)))
    await Promise.all(
      bytes.map((each) =>
        raw(target, (socket) => {
          socket.write(handshake())
          socket.end(each)
        }),
      ),
    )
  },
  'bad upgrades': async (target) => {
    const requests = [
      handshake().replace('/v1/session', '/v9/session'),
      handshake().replace('Version: 13', 'Version: 7'),
      handshake().replace('MDEyMzQ1Njc4OWFiY2RlZg==', 'short'),
      handshake(['Origin: https://evil.example']),
      handshake(['Sec-WebSocket-Protocol: ,,,']),
      handshake([`Sec-WebSocket-Protocol: emograph.bearer.${'x'.repeat(6_000)}`]),
      handshake(['Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=999']),
      handshake().replace('Host: 127.0.0.1', 'Host: evil.example'),
      handshake().replace('websocket', 'h2c'),
      handshake([`X-Long: ${'y'.repeat(60_000)}`]),
    ]
    for (const request of requests) await raw(target, (socket) => socket.end(request))
  },
  'half-closed sockets': async (target, { scale }) => {
    const sockets = Array.from({ length: Math.ceil(20 * scale) }, (_, i) =>
      raw(
        target,
        (socket) => {
          socket.write(handshake())
          // A frame that is announced and never comes, then the end of what this side sends.
          if (i % 2 === 0) socket.write(Buffer.from([0x81, 0xfe, 0x40, 0x00, 0, 0, 0, 0, 0x7b]))
          socket.end()
        },
        2_000 * scale,
      ),
    )
    await Promise.all(sockets)
  },
  'half a request': async (target, { scale }) => {
    const heads = [
      'GET /v1/mo',
      'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nabc',
      handshake().slice(0, 60),
    ]
    await Promise.all(heads.map((head) => raw(target, (socket) => socket.write(head), 3_000 * scale)))
  },
  'bytes one by one': (target, { scale }) =>
    raw(
      target,
      async (socket) => {
        socket.setNoDelay(true)
        socket.write(handshake())
        socket.write(Buffer.from([0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0]))
        for (let i = 0; i < 5_000 * scale && !socket.destroyed; i++) {
          socket.write(' ')
          if (i % 8 === 0) await delay(0)
        }
      },
      500 * scale,
    ),
  'bad uploads': async (target, { random, scale }) => {
    for (let i = 0; i < 10 * scale; i++) {
      const boundary = 'b'
      const body = Buffer.concat([
        Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="audio"; filename="../../${i}"\r\n\r\n`),
        randomBytes(random, random() % 5_000),
        Buffer.from(i % 2 === 0 ? `\r\n--${boundary}--\r\n` : ''),
      ])
      await fetch(`${target.url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body,
      }).catch(() => {})
    }
  },
}

/** Opens a TCP connection, acts, and resolves when the server has closed it or after `atMostMs`. */
async function raw(target: Target, act: (socket: Socket) => unknown, atMostMs = 1_000): Promise<void> {
  const { hostname, port } = new URL(target.url)
  const { localAddress } = target
  const socket = connect({
    port: Number(port),
    host: hostname,
    allowHalfOpen: true,
    ...(localAddress !== undefined && { localAddress }),
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('end', () => socket.end())
  socket.resume()
  await new Promise<void>((resolve) => {
    socket.on('connect', () => resolve())
    socket.on('error', () => resolve())
  })
  await act(socket)
  await Promise.race([closed, delay(atMostMs)])
  socket.destroy()
}
