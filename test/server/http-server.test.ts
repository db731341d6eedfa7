import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpServer, type HttpConfig } from '../../src/server/http-server.ts'
import { limitsSchema } from '../../src/server/limits.ts'
import { createRateLimiter } from '../../src/server/rate-limit.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function serve({ limits, ...changes }: Partial<Omit<HttpConfig, 'limits'>> & { limits?: object } = {}) {
  const config = {
    headersMs: 10_000,
    requestMs: 60_000,
    trustProxy: 0,
    limits: limitsSchema.parse(limits ?? {}),
    ...changes,
  }
  const server = createHttpServer(
    (request, response) => {
      request.resume()
      request.on('end', () => response.end('answered'))
    },
    config,
    createRateLimiter(config.limits),
  )
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

/** A raw socket, what it was told, and whether it was closed. */
function open(port: number) {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  const state = { text: '', closed: false }
  socket.on('data', (chunk) => {
    state.text += String(chunk)
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    state.closed = true
  })
  return { socket, state }
}

describe('a socket is not waited for', () => {
  test('that says nothing, that does not end its head, that does not send the body it has announced', async () => {
    const { port } = await serve({ headersMs: 150, requestMs: 300 })
    const silent = open(port)
    const slow = open(port)
    slow.socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ')
    const drip = setInterval(() => slow.socket.write('a'), 20)
    const short = open(port)
    short.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc')
    await expect.poll(() => [silent, slow, short].map(({ state }) => state.closed)).toEqual([true, true, true])
    clearInterval(drip)
    expect(slow.state.text).toContain('408')
    expect(short.state.text).toContain('408')
    const prompt = open(port)
    prompt.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => prompt.state.text).toContain('answered')
  })
})

describe('sockets', () => {
  const opened = async (server: Server): Promise<number> =>
    new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))))

  test('of one address are so many, and one that closes makes room', async () => {
    const { server, port } = await serve({ limits: { socketsPerAddress: 2 } })
    const first = open(port)
    open(port)
    await expect.poll(() => opened(server)).toBe(2)
    const third = open(port)
    await expect.poll(() => third.state.closed).toBe(true)
    first.socket.destroy()
    await expect.poll(() => opened(server)).toBe(1)
    open(port)
    await expect.poll(() => opened(server)).toBe(2)
  })

  test('behind a proxy are all the proxy’s; altogether there is a bound', async () => {
    const { server, port } = await serve({ trustProxy: 1, limits: { socketsPerAddress: 1, sockets: 3 } })
    const all = Array.from({ length: 6 }, () => open(port))
    await expect.poll(() => all.filter(({ state }) => state.closed).length).toBe(3)
    expect(await opened(server)).toBe(3)
  })
})
