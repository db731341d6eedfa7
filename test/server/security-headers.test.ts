import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { securityHeaders } from '../../src/server/security-headers.ts'

const app = express()
app.use(securityHeaders())
app.use((_request, response) => {
  response.send('')
})
const server = createServer(app)
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => server.close(resolve)))

function headersOf(path: string, host = 'localhost:8765'): Promise<Record<string, string>> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume()
      resolve(response.headers as Record<string, string>)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The directives of a content security policy. */
async function policyOf(path: string, host?: string): Promise<Record<string, string[]>> {
  const { 'content-security-policy': policy } = await headersOf(path, host)
  return Object.fromEntries(policy!.split(';').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]))
}

test('a page runs its own scripts only, in no frame, and speaks with its own server only', async () => {
  const policy = await policyOf('/')
  expect(policy['default-src']).toEqual(["'none'"])
  expect(policy['script-src']).toEqual(["'self'"])
  expect(policy['style-src']).toEqual(["'self'"])
  expect(policy['frame-ancestors']).toEqual(["'none'"])
  expect(policy['connect-src']).toEqual(["'self'", 'ws://localhost:8765', 'wss://localhost:8765'])
  for (const sources of Object.values(policy)) {
    expect(sources).not.toContain("'unsafe-inline'")
    expect(sources).not.toContain("'unsafe-eval'")
    expect(sources).not.toContain('*')
  }
  // Over plain HTTP in a local network it would keep the page from its own scripts.
  expect(policy).not.toHaveProperty('upgrade-insecure-requests')
})

test('what a request calls its host cannot write a policy', async () => {
  for (const host of ['a.b;script-src *', "x 'unsafe-inline'", 'a,b'])
    expect((await policyOf('/', host))['connect-src']).toEqual(["'self'", "'self'"])
  expect((await policyOf('/', '[::1]:1'))['connect-src']).toContain('ws://[::1]:1')
})

test('microphone and camera are the page’s own, conversations are kept in no cache', async () => {
  const page = await headersOf('/')
  expect(page['permissions-policy']).toMatch(/microphone=\(self\), camera=\(self\),.*geolocation=\(\)/)
  expect(page['cross-origin-opener-policy']).toBe('same-origin')
  expect(page['cross-origin-resource-policy']).toBe('same-origin')
  expect(page['x-content-type-options']).toBe('nosniff')
  expect(page['referrer-policy']).toBe('no-referrer')
  expect(page['cache-control']).toBeUndefined()
  for (const path of ['/v1/model', '/v1/sessions/1', '/metrics'])
    expect((await headersOf(path))['cache-control']).toBe('no-store')
})
