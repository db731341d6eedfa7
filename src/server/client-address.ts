import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whom the limits of an address count: the IPv4 address, or the first 64 bits of an IPv6 address, of which one customer
 * has 2^64 for the asking.
 *
 * `Forwarded` headers are whatever a client writes, so that they are not looked at, unless the server is told that it
 * stands behind `trustProxy` proxies: each of them has added to the right of `X-Forwarded-For` whom it was reached from,
 * and the entry that the outermost of them wrote is the client. Without such an entry the connection's own address counts.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trustProxy: number): string {
  const own = request.socket.remoteAddress ?? ''
  return networkOf(trustProxy === 0 ? own : (forwardedFor(request, trustProxy) ?? own))
}

function forwardedFor({ headers }: Pick<IncomingMessage, 'headers'>, hops: number): string | undefined {
  const given = headers['x-forwarded-for']
  const entries = (Array.isArray(given) ? given.join(',') : (given ?? '')).split(',').map((entry) => entry.trim())
  const entry = entries.at(-hops)?.replace(/^\[(.*)\](:\d+)?$/, '$1')
  const address = entry?.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}

/** `::ffff:192.0.2.1` is 192.0.2.1; of other IPv6 addresses the first four groups. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const plain = address.split('%', 1)[0]!
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const missing = tail === undefined ? 0 : 8 - left.length - right.length
  const whole = [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...right]
  return `${whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
