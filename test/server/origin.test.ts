import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkOrigin, isLoopbackHost } from '../../src/server/origin.ts'

const request = (host: string, origin?: string) => ({ headers: { host, ...(origin !== undefined && { origin }) } })
const loopback = { allowedOrigins: [], loopback: true }
const open = { allowedOrigins: ['https://app.example'], loopback: false }

describe('checkOrigin', () => {
  test.each([
    ['127.0.0.1:8765', undefined],
    ['localhost:8765', 'http://localhost:8765'],
    ['[::1]:8765', 'http://[::1]:8765'],
    ['LOCALHOST:8765', 'http://localhost:8765'],
  ])('lets %s with origin %s in on the loopback interface', (host, origin) => {
    expect(() => checkOrigin(request(host, origin), loopback)).not.toThrow()
  })

  test.each([
    ['localhost:8765', 'http://localhost:9999'],
    ['localhost:8765', 'null'],
    ['evil.example:8765', undefined],
    ['evil.example:8765', 'http://evil.example:8765'],
    ['127.0.0.1.evil.example', 'http://127.0.0.1.evil.example'],
    ['', undefined],
  ])('keeps %s with origin %s out', (host, origin) => {
    expect(() => checkOrigin(request(host, origin), loopback)).toThrow(/EMO_ORIGIN_REFUSED/)
  })

  test('beyond the loopback interface: the own origin, allowed ones, and clients that are no browsers', () => {
    expect(() => checkOrigin(request('emograph.example'), open)).not.toThrow()
    expect(() => checkOrigin(request('emograph.example', 'https://emograph.example'), open)).not.toThrow()
    expect(() => checkOrigin(request('emograph.example', 'https://app.example'), open)).not.toThrow()
    expect(() => checkOrigin(request('emograph.example', 'https://app.example.org'), open)).toThrow(/EMO_ORIGIN/)
  })

  test('an origin of another host is never let in', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        const origin = new URL(url).origin
        fc.pre(new URL(url).host !== 'emograph.example' && origin !== 'https://app.example')
        expect(() => checkOrigin(request('emograph.example', origin), open)).toThrow(/EMO_ORIGIN_REFUSED/)
      }),
    )
  })
})

test('loopback names', () => {
  expect(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'].every(isLoopbackHost)).toBe(true)
  expect(['0.0.0.0', '127.0.0.1.example', 'localhost.example', '192.168.0.1', ''].some(isLoopbackHost)).toBe(false)
})
