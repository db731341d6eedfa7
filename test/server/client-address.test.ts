import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientAddress, networkOf } from '../../src/server/client-address.ts'

const request = (remoteAddress: string, forwarded?: string): Pick<IncomingMessage, 'headers' | 'socket'> => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress } as IncomingMessage['socket'],
})

test('without proxies a client cannot say who it is', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.oneof(fc.string(), fc.ipV4()), (address, claimed) => {
      expect(clientAddress(request(address, claimed), 0)).toBe(address)
    }),
  )
})

test('behind n proxies it is the entry that the outermost of them wrote, whatever the client put before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(...'1.a: ') }), { maxLength: 3 }),
      fc.ipV4(),
      fc.array(fc.ipV4(), { maxLength: 3 }),
      (claimed, client, proxies) => {
        const entries = [...claimed.map((entry) => entry.replaceAll(',', '')), client, ...proxies]
        expect(clientAddress(request('10.0.0.1', entries.join(', ')), proxies.length + 1)).toBe(client)
      },
    ),
  )
  expect(clientAddress(request('10.0.0.1'), 1)).toBe('10.0.0.1')
  expect(clientAddress(request('10.0.0.1', 'nobody'), 1)).toBe('10.0.0.1')
  expect(clientAddress(request('10.0.0.1', '192.0.2.7:4711'), 1)).toBe('192.0.2.7')
  expect(clientAddress(request('10.0.0.1', '[2001:db8::7]:4711'), 1)).toBe('2001:db8:0:0::/64')
})

test('IPv6 addresses of one /64 are one, of two are two; an IPv4 address is the same in its IPv6 form', () => {
  // The URL parser writes an address in its shortest form, another implementation than ours of the same text.
  const short = (groups: number[]) =>
    new URL(`http://[${groups.map((g) => g.toString(16)).join(':')}]`).hostname.slice(1, -1)
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
  const half = fc.array(group, { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(half, half, half, (network, host, other) => {
      const key = networkOf(short([...network, ...host]))
      expect(networkOf(short([...network, ...other]))).toBe(key)
      expect(networkOf(short([...other, ...host])) === key).toBe(String(other) === String(network))
    }),
  )
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})
