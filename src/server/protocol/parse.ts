import { z } from 'zod'
import { describeIssue } from '../../describe-issue.ts'
import { EmographError } from '../../errors.ts'
import { CLIENT_MESSAGE_TYPES, type ClientMessage, clientMessageSchema } from './client-messages.ts'
import { idSchema } from './fields.ts'

/**
 * One client message from the text of a WebSocket message.
 *
 * @throws EMO_MESSAGE_INVALID: not JSON, not an object, an unknown `type`, a field that is missing or wrong (named).
 *   The error never repeats what came: it may be somebody's words.
 */
export function parseClientMessage(raw: string): ClientMessage {
  const value = parseJson(raw)
  const type = field(value, 'type')
  if (!CLIENT_MESSAGE_TYPES.some((known) => known === type))
    throw new EmographError('EMO_MESSAGE_INVALID', {
      field: 'type',
      expected: `one of ${CLIENT_MESSAGE_TYPES.join(', ')}`,
      got: typeof type === 'string' ? 'another type' : describe(type),
    })
  const parsed = clientMessageSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const { path, code } = issue
  throw new EmographError('EMO_MESSAGE_INVALID', {
    field: path.join('.'),
    // Our own checks of two fields are whole sentences.
    ...(code === 'custom' ? { fix: sentence(issue.message) } : { expected: describeIssue(issue, value).expected }),
    ...(code === 'invalid_type' && { got: describe(valueAt(value, path)) }),
  })
}

/**
 * The names that the client gave to a message that was refused, so that it knows which one is meant; none where the
 * message could not be read that far.
 */
export function namesIn(raw: string): z.infer<typeof namesSchema> {
  try {
    const value: unknown = JSON.parse(raw)
    return namesSchema.parse(value)
  } catch {
    return {}
  }
}

const namesSchema = z.object({
  request_id: idSchema.optional().catch(undefined),
  utterance_id: idSchema.optional().catch(undefined),
})

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    // The cause is left away: V8 quotes the text in its message.
    throw new EmographError('EMO_MESSAGE_INVALID', { expected: 'JSON', got: 'text that is not JSON' })
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EmographError('EMO_MESSAGE_INVALID', { expected: 'a JSON object', got: describe(value) })
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], value)

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
