import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { limitsSchema } from '../../src/server/limits.ts'
import { websocketOptions } from '../../src/server/websocket-options.ts'
import { handshake } from '../support/handshake.ts'

/**
 * What ws refuses with the options that this server gives it, over raw sockets: a client that is honest cannot send any
 * of this. Whether ws has these options at all is a question of its version, so that it is asked here.
 */
const limits = limitsSchema.parse({ payloadBytes: 100_000 })
const open: { http: Server; sockets: Socket[] }[] = []
afterEach(() => {
  for (const { http, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy()
    http.close()
  }
})

/** A server with our options, and a connection of one raw socket to it whose handshake is over. */
async function connection(extensions = '') {
  const http = createServer()
  const received: number[] = []
  const sockets = new WebSocketServer({ noServer: true, ...websocketOptions(limits) })
  http.on('upgrade', (request, stream, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('message', (data: Buffer) => received.push(data.length))
      socket.on('error', () => {})
    }),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1')
  socket.setNoDelay(true)
  open.push({ http, sockets: [socket] })
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
  })
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  socket.write(handshake(extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]))
  await expect.poll(() => bytes.includes('\r\n\r\n')).toBe(true)
  const header = String(bytes.subarray(0, bytes.indexOf('\r\n\r\n')))
  const body = () => bytes.subarray(header.length + 4)
  return { socket, header, received, closed, closeCode: () => closeCodeOf(body()) }
}

/** The code of the server's close frame, which is the first and only thing that it sends here. */
const closeCodeOf = (frame: Buffer): number | undefined =>
  frame.length >= 4 && frame[0] === 0x88 ? frame.readUInt16BE(2) : undefined

/** A client's frame. The mask is zero: the payload as it is. */
function frame(opcode: number, payload: Buffer, final = true): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), head, Buffer.alloc(4), payload])
}

describe('ws with our options', () => {
  test('takes a message in as many pieces as allowed, and closes at one more', async () => {
    const { maxFragments } = websocketOptions(limits)
    const pieces = (count: number) =>
      Buffer.concat(Array.from({ length: count }, (_, i) => frame(i === 0 ? 1 : 0, Buffer.from('x'), i === count - 1)))
    const honest = await connection()
    honest.socket.write(pieces(maxFragments))
    await expect.poll(() => honest.received).toEqual([maxFragments])
    const hostile = await connection()
    hostile.socket.write(pieces(maxFragments + 1))
    await expect.poll(hostile.closeCode).toBe(1008)
    expect(hostile.received).toEqual([])
    await hostile.closed
  })

  test('closes a connection whose message comes byte by byte, long before it has come', async () => {
    const { maxBufferedChunks } = websocketOptions(limits)
    const { socket, closeCode, received } = await connection()
    const message = frame(1, Buffer.alloc(60_000, 'x'))
    let sent = 0
    while (closeCode() === undefined && sent < message.length) {
      // Each in a packet of its own: the server has to have read one before the next.
      for (let i = 0; i < 4 && sent < message.length; i++) socket.write(message.subarray(sent, ++sent))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(closeCode).toBe(1008)
    expect(sent).toBeGreaterThanOrEqual(maxBufferedChunks)
    expect(received).toEqual([])
  })

  test('closes at the head of a frame that announces too much, before its payload', async () => {
    const { socket, closeCode } = await connection()
    const head = Buffer.alloc(14)
    head.set([0x82, 0x80 | 127])
    head.writeBigUInt64BE(BigInt(limits.payloadBytes + 1), 2)
    socket.write(head)
    await expect.poll(closeCode).toBe(1009)
  })

  test('counts the pieces of a message together', async () => {
    const { socket, closeCode, received } = await connection()
    const piece = Buffer.alloc(60_000, 'x')
    socket.write(Buffer.concat([frame(1, piece, false), frame(0, piece, true)]))
    await expect.poll(closeCode).toBe(1009)
    expect(received).toEqual([])
  })

  test('agrees to no compression, and refuses a frame that is compressed all the same', async () => {
    const { socket, header, closeCode } = await connection('permessage-deflate; client_max_window_bits')
    expect(header).toContain('101')
    expect(header.toLowerCase()).not.toContain('sec-websocket-extensions')
    const compressed = frame(1, Buffer.from('x'))
    compressed[0] = compressed[0]! | 0x40
    socket.write(compressed)
    await expect.poll(closeCode).toBe(1002)
  })

  test('refuses a frame without a mask, a continuation of nothing, a long ping, a text that is not UTF-8', async () => {
    const unmasked = Buffer.from([0x81, 0x01, 0x78])
    const hostile: [Buffer, number][] = [
      [unmasked, 1002],
      [frame(0, Buffer.from('x')), 1002],
      [frame(9, Buffer.alloc(126)), 1002],
      [frame(3, Buffer.from('x')), 1002],
      [frame(1, Buffer.from([0xff])), 1007],
    ]
    for (const [bytes, code] of hostile) {
      const { socket, closeCode } = await connection()
      socket.write(bytes)
      await expect.poll(closeCode).toBe(code)
    }
  })
})
