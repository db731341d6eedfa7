import type { EmographError } from '../errors.ts'

/** An error as HTTP answers it. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: { readonly code: string; readonly message: string } }
}

export function errorAnswer({ code, message, status, detail }: EmographError): ErrorAnswer {
  const headers: Record<string, string> = {}
  // RFC 9110, 11.6.1: a 401 says how to do better.
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (detail.retryAfterMs !== undefined) headers['Retry-After'] = String(Math.ceil(detail.retryAfterMs / 1_000))
  return { status, headers, body: { error: { code, message } } }
}
