import type { Duplex } from 'node:stream'
import type { EmographError } from '../errors.ts'
import { errorAnswer } from './error-answer.ts'

/** Ms that a client has to read why it was refused. */
const HANG_UP_MS = 1_000

/** Answers a request for a WebSocket as HTTP does, and hangs up. */
export function refuseUpgrade(stream: Duplex, error: EmographError): void {
  const { status, headers, body } = errorAnswer(error)
  const json = JSON.stringify(body)
  // HTTP has let go of this socket: whoever does not hang up would hold it, and a server that wants to end, for ever.
  const timer = setTimeout(() => stream.destroy(), HANG_UP_MS).unref()
  stream.once('close', () => clearTimeout(timer))
  stream.end(
    [
      `HTTP/1.1 ${status} Refused`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(json)}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      json,
    ].join('\r\n'),
  )
}
