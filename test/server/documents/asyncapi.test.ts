import { Parser } from '@asyncapi/parser'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { asyncApiDocument, messageName } from '../../../src/server/documents/asyncapi.ts'
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from '../../../src/server/documents/examples.ts'
import { CLIENT_MESSAGE_TYPES, clientMessageSchema } from '../../../src/server/protocol/client-messages.ts'
import { SERVER_MESSAGE_TYPES, serverMessageSchema } from '../../../src/server/protocol/server-messages.ts'

test('every example is a message that the server takes, or that a client understands', () => {
  for (const type of CLIENT_MESSAGE_TYPES) expect(clientMessageSchema.parse(CLIENT_EXAMPLES[type]).type).toBe(type)
  for (const type of SERVER_MESSAGE_TYPES)
    expect(serverMessageSchema.parse(SERVER_EXAMPLES[type])).toEqual(SERVER_EXAMPLES[type])
})

test("AsyncAPI's own parser takes the document, and finds every message in it", async () => {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument({ version: '1.2.3' })))
  // 0 is an error, 1 a warning; the rest are hints.
  expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([])
  const operations = document!.operations()
  const names = (id: string) =>
    operations
      .get(id)!
      .messages()
      .all()
      .map((message) => message.id())
  expect(names('receive').toSorted()).toEqual([...CLIENT_MESSAGE_TYPES.map(messageName), 'media'].toSorted())
  expect(names('send').toSorted()).toEqual(SERVER_MESSAGE_TYPES.map(messageName).toSorted())
  expect(document!.info().version()).toBe('1.2.3')
})

test("every example is valid by the document's own JSON Schema, and a wrong one is not", () => {
  const ajv = addFormats.default(new Ajv({ strict: true, allowUnionTypes: true }))
  const { components } = documentSchema.parse(asyncApiDocument({ version: '1.2.3' }))
  let checked = 0
  for (const { payload, examples = [] } of Object.values(components.messages)) {
    if (examples.length === 0) continue
    const validate = ajv.compile(payload)
    for (const example of examples) {
      expect(validate(example.payload), ajv.errorsText(validate.errors)).toBe(true)
      for (const wrong of [{ type: 'other' }, { request_id: 7 }])
        expect(validate({ ...example.payload, ...wrong })).toBe(false)
      checked++
    }
  }
  expect(checked).toBe(CLIENT_MESSAGE_TYPES.length + SERVER_MESSAGE_TYPES.length)
})

const documentSchema = z.object({
  components: z.object({
    messages: z.record(
      z.string(),
      z.object({
        payload: z.looseObject({}),
        examples: z.array(z.object({ payload: z.looseObject({}) })).optional(),
      }),
    ),
  }),
})
