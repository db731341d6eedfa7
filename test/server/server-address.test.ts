import { expect, test } from 'vitest'
import { addressOf } from '../../src/server/server-address.ts'

test.each([
  ['127.0.0.1', '127.0.0.1', 'http://127.0.0.1:8765', false],
  ['localhost', '::1', 'http://localhost:8765', false],
  ['::1', '::1', 'http://[::1]:8765', false],
  ['0.0.0.0', '0.0.0.0', 'http://127.0.0.1:8765', true],
  ['::', '::', 'http://[::1]:8765', true],
])('a server told to listen at %s is found there, or at the loopback interface', (host, address, url, everywhere) => {
  const socketUrl = `${url.replace('http', 'ws')}/v1/session`
  expect(addressOf(host, { address, port: 8765 })).toEqual({ url, socketUrl, everywhere })
})
