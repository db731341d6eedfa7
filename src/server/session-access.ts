import { type Authenticator, equalHashes, hashToken, type TokenHash } from './auth.ts'

/** What a session remembers of who may have it. */
export interface SessionKeys {
  /** SHA-256 of the session's own token, which `session.created` told once. */
  readonly tokenHash: TokenHash
  /** Of the access token that made it (see `Authenticator.identify`); absent where none was required. */
  readonly owner?: string | undefined
}

/**
 * Whether a token opens a session over HTTP: its own token does, and so does the access token that made it, as long as
 * the server lets that in. Without access tokens nobody owns a session, and only its own token is left.
 */
export function opensSession(token: string | undefined, keys: SessionKeys, auth: Authenticator): boolean {
  if (token === undefined) return false
  const own = equalHashes(hashToken(token), keys.tokenHash)
  return own || (keys.owner !== undefined && keys.owner === auth.recognise(token))
}

/**
 * Whether a connection may go on with a session: it has the session's token and acts for the owner that made it. Another
 * owner's token for the server opens nothing here.
 */
export function mayResume(token: string, owner: string | undefined, keys: SessionKeys): boolean {
  const known = equalHashes(hashToken(token), keys.tokenHash)
  return known && keys.owner === owner
}
