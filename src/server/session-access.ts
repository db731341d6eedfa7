import { type Authenticator, equalHashes, hashToken, type TokenHash } from './auth.ts'

/** What a session remembers of who may have it. */
export interface SessionKeys {
  /** SHA-256 of the session's own token, which `session.created` told once. */
  readonly tokenHash: TokenHash
  /** Of the access token that made it (see `Authenticator.identify`); absent where none was required. */
  readonly owner?: string | undefined
}

/** The hash of no token: what an unknown session's is compared with, so that the answer takes as long. */
const NOBODY = '0'.repeat(64)

/**
 * Whether a token opens a session over HTTP: its own token does, and so does the access token that made it, as long as
 * the server lets that in. Without access tokens nobody owns a session, and only its own token is left.
 *
 * @param keys undefined: there is no such session, which nothing opens
 */
export function opensSession<K extends SessionKeys>(
  token: string | undefined,
  keys: K | undefined,
  auth: Authenticator,
): keys is K {
  if (token === undefined) return false
  const own = hasToken(token, keys)
  return own || (keys?.owner !== undefined && keys.owner === auth.recognise(token))
}

/**
 * Whether a connection may go on with a session: it has the session's token and acts for the owner that made it. Another
 * owner's token for the server opens nothing here.
 *
 * @param keys as of `opensSession`
 */
export function mayResume<K extends SessionKeys>(
  token: string,
  owner: string | undefined,
  keys: K | undefined,
): keys is K {
  return hasToken(token, keys) && keys?.owner === owner
}

function hasToken(token: string, keys: SessionKeys | undefined): boolean {
  const same = equalHashes(hashToken(token), keys?.tokenHash ?? NOBODY)
  return same && keys !== undefined
}
