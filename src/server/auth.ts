import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { EmographError } from '../errors.ts'
import { PROTOCOL_VERSION } from './protocol/fields.ts'

/** The WebSocket subprotocol of this server, which it answers with where a client offers it. */
export const SUBPROTOCOL = `emograph.${PROTOCOL_VERSION}`

/**
 * A page in a browser cannot set headers of a WebSocket: it offers its access token as a subprotocol with this prefix,
 * beside `SUBPROTOCOL`. The server never answers with it, so that the token is in no response.
 */
const BEARER_SUBPROTOCOL = 'emograph.bearer.'

/** SHA-256 of an access token, in hex. Tokens are random, so that no slow hash is needed to keep them secret. */
export type TokenHash = string

/** Letters that may stand in a header and in the name of a subprotocol; 24 of them hold 142 random bits. */
const TOKEN = /^[A-Za-z0-9._~-]{24,512}$/

/** A new access token: 256 random bits. */
export const createAccessToken = (): string => randomBytes(32).toString('base64url')

/** True for what may be an access token: 24 to 512 letters, digits, `.`, `_`, `~`, `-`. */
export const isAccessToken = (text: string): boolean => TOKEN.test(text)

export const hashToken = (token: string): TokenHash => createHash('sha256').update(token).digest('hex')

/** Equality of two hashes in a time that does not depend on where they differ. */
export function equalHashes(a: TokenHash, b: TokenHash): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length === right.length && timingSafeEqual(left, right)
}

type Headers = Pick<IncomingMessage, 'headers'>

/** Who may talk to the server. */
export interface Authenticator {
  /** False: no access tokens are configured, everybody passes as nobody in particular. */
  readonly required: boolean
  /** The owner that a token acts for; `undefined` for one that is not let in. */
  recognise(token: string): string | undefined
  /**
   * The owner that a request acts for: 16 hex digits of its access token's hash; `undefined` where none is required.
   * Sessions belong to the owner that made them.
   *
   * @throws EMO_UNAUTHORIZED without a token that the server knows
   */
  identify(request: Headers): string | undefined
}

/** @param hashes of the access tokens that are let in; none: everybody is */
export function createAuthenticator(hashes: readonly TokenHash[]): Authenticator {
  function recognise(token: string): string | undefined {
    const presented = hashToken(token)
    // Every hash is compared, so that the time does not tell which one it was.
    const known = hashes.filter((hash) => equalHashes(hash, presented)).length > 0
    return known ? presented.slice(0, 16) : undefined
  }

  return {
    required: hashes.length > 0,
    recognise,
    identify(request) {
      if (hashes.length === 0) return undefined
      const owner = recognise(presentedToken(request) ?? '')
      if (owner === undefined) throw new EmographError('EMO_UNAUTHORIZED')
      return owner
    },
  }
}

/** The token of `Authorization: Bearer …`, or else the one among the WebSocket subprotocols; it may be anything. */
export function presentedToken({ headers }: Headers): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  return offered.find((name) => name.startsWith(BEARER_SUBPROTOCOL))?.slice(BEARER_SUBPROTOCOL.length)
}

/** ws's `handleProtocols`: the one protocol of this server where the client offers it; never the one with the token. */
export const chooseSubprotocol = (offered: ReadonlySet<string>): string | false =>
  offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false
