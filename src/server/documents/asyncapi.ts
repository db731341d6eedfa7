import type { z } from 'zod'
import { clientMessageSchema } from '../protocol/client-messages.ts'
import { SESSION_PATH } from '../protocol/fields.ts'
import { serverMessageSchema } from '../protocol/server-messages.ts'
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from './examples.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'

const FRAME =
  'Audio or a picture of one participant. Byte 0: 1 for audio (s16le, 16 kHz, mono), 2 for a JPEG picture. Byte 1: the participant, by its position in `session.updated`. Bytes 2-5: when it begins, uint32 little-endian, ms from the start of the conversation. Then the payload.'

const TITLES = {
  client: 'What a client sends',
  server: 'What the server sends',
}

/** The WebSocket protocol as an AsyncAPI 3.0 document, made of the schemas that the server checks messages by. */
export function asyncApiDocument({ version }: { readonly version: string }): JsonSchema {
  const fromClient = messagesOf(clientMessageSchema.options, 'input', CLIENT_EXAMPLES, TITLES.client)
  const fromServer = messagesOf(serverMessageSchema.options, 'output', SERVER_EXAMPLES, TITLES.server)
  const frame = {
    name: 'media',
    title: 'A binary frame',
    summary: FRAME,
    contentType: 'application/octet-stream',
    payload: { type: 'string', format: 'binary' },
  }
  const messages = { ...fromClient, ...fromServer, media: frame }
  const references = (names: readonly string[]) =>
    names.map((name) => ({ $ref: `#/channels/session/messages/${name}` }))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Emograph',
      version,
      description:
        'Labels the emotion of every utterance of a conversation as it unfolds. One WebSocket is one connection to one session; `session.update` with participants and consent comes first. docs/protocol.md says it in words.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { local: { host: '127.0.0.1:8765', protocol: 'ws', description: 'The default of `emograph serve`.' } },
    channels: {
      session: {
        address: SESSION_PATH,
        title: 'A session',
        servers: [{ $ref: '#/servers/local' }],
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      receive: {
        action: 'receive',
        title: TITLES.client,
        channel: { $ref: '#/channels/session' },
        messages: references([...Object.keys(fromClient), 'media']),
      },
      send: {
        action: 'send',
        title: TITLES.server,
        channel: { $ref: '#/channels/session' },
        messages: references(Object.keys(fromServer)),
      },
    },
    components: { messages },
  }
}

type Option = z.ZodObject<{ type: z.ZodLiteral<string> }>

/** Names in AsyncAPI have no dots. */
export const messageName = (type: string): string => type.replaceAll('.', '_')

function messagesOf(
  options: readonly Option[],
  io: 'input' | 'output',
  examples: Readonly<Record<string, object>>,
  title: string,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    options.map((option) => {
      const type = option.shape.type.value
      const message = {
        name: type,
        title: type,
        summary: title,
        payload: jsonSchemaOf(option, 'draft-7', io),
        examples: [{ name: messageName(type), payload: examples[type] }],
      }
      return [messageName(type), message]
    }),
  )
}
