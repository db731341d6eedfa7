import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * Fields that hold what is said, seen or secret. Nothing here logs them; should a later change hand a whole message, request
 * or settings object to the log, they are left out all the same.
 */
const PRIVATE = [
  'text',
  'words',
  'name',
  'purpose',
  'participants',
  'participant',
  'features',
  'payload',
  'token',
  'tokens',
  'authorization',
  'cookie',
  'sec-websocket-protocol',
  'url',
  'query',
  'body',
  'headers',
  'file',
  'originalname',
]

/** At the top of a line and up to two objects deep, which is as deep as this project's lines go. */
const PATHS = PRIVATE.flatMap((field) => ['', '*', '*.*'].map((parent) => `${parent}["${field}"]`))

/**
 * The server's log: one JSON object a line on stderr, so that stdout stays a command's own. What is logged are ids,
 * counts, codes and times. Words, features and tokens are never given to it; should an error object carry a message
 * that quotes its input, that is left away too: of causes only the name, the code and the stack's places are kept.
 */
export function createLog(level: string, destination: NodeJS.WritableStream = process.stderr): Logger {
  const options = {
    level,
    base: { service: 'emograph' },
    serializers: { err: describeError },
    redact: { paths: PATHS, censor: '[private]' },
  }
  return pino(options, destination)
}

function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const at = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const { code } = error as { code?: unknown }
  return { type: error.name, ...(typeof code === 'string' ? { code } : {}), at: at.map((line) => line.trim()) }
}
