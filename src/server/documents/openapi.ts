import { z } from 'zod'
import { EXPORT_FORMATS, EXPORTS } from '../exports/formats.ts'
import * as answers from '../http-messages.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'

/** Who may ask: anybody, whoever has an access token (where the server wants one), or whoever a session belongs to. */
type Access = 'open' | 'access' | 'session'

interface Operation {
  readonly summary: string
  readonly access: Access
  /** Media type and schema of what it answers; undefined: nothing, 204. */
  readonly answers?: Readonly<Record<string, z.ZodType | 'text'>>
  readonly parameters?: readonly JsonSchema[]
  readonly body?: JsonSchema
  readonly errors?: readonly number[]
}

/** A document: an object, whose own specification says the rest. */
const documentSchema = z.looseObject({})

const json = (schema: z.ZodType) => ({ 'application/json': schema })

const SESSION_ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

const format = (...formats: readonly string[]): JsonSchema => ({
  name: 'format',
  in: 'query',
  schema: { type: 'string', enum: formats, default: formats[0] },
})

const UPLOAD: JsonSchema = {
  type: 'object',
  required: ['consent', 'purpose'],
  properties: {
    audio: { type: 'string', format: 'binary', description: 'A recording: WAV, FLAC, MP4, AVI or WebM.' },
    image: { type: 'string', format: 'binary', description: 'A picture: JPEG or PNG.' },
    video: { type: 'string', format: 'binary', description: 'A video; its sound is judged as well.' },
    text: { type: 'string', description: 'A sentence.' },
    whole: { type: 'string', enum: ['true', 'false'], description: 'The picture is a cut-out face.' },
    consent: { type: 'string', const: 'true', description: 'Whoever is heard or seen has consented.' },
    purpose: { type: 'string', description: 'What the labels are for.' },
  },
}

/** Every address of the server's HTTP side, but the page's own files. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/healthz': { get: { summary: 'The process lives', access: 'open', answers: json(answers.healthSchema) } },
  '/readyz': {
    get: { summary: 'It takes sessions', access: 'open', answers: json(answers.readySchema), errors: [503] },
  },
  '/metrics': {
    get: { summary: 'Figures for Prometheus', access: 'access', answers: { 'text/plain': 'text' }, errors: [401] },
  },
  '/v1/version': { get: { summary: 'Versions', access: 'open', answers: json(answers.versionSchema) } },
  '/v1/model': {
    get: {
      summary: 'The model and its card',
      access: 'open',
      answers: { ...json(answers.modelSchema), 'text/markdown': 'text' },
    },
  },
  '/v1/openapi.json': {
    get: { summary: 'This document', access: 'open', answers: { 'application/json': documentSchema } },
  },
  '/v1/asyncapi.json': {
    get: { summary: 'The WebSocket protocol', access: 'open', answers: { 'application/json': documentSchema } },
  },
  '/v1/predict': {
    post: {
      summary: 'Judge one recording, picture, video or sentence by itself',
      access: 'access',
      body: UPLOAD,
      answers: json(answers.predictionsSchema),
      errors: [400, 401, 403, 413, 415, 429],
    },
  },
  '/v1/sessions': {
    get: {
      summary: 'The sessions that this access token has made',
      access: 'access',
      answers: json(answers.sessionListSchema),
      errors: [401],
    },
  },
  '/v1/sessions/{id}': {
    get: {
      summary: 'The conversation with its labels',
      access: 'session',
      parameters: [SESSION_ID],
      answers: json(answers.sessionSchema),
      errors: [404],
    },
    delete: {
      summary: 'End the session and remove every trace of it',
      access: 'session',
      parameters: [SESSION_ID],
      errors: [404],
    },
  },
  '/v1/sessions/{id}/export': {
    get: {
      summary: 'The conversation as a file',
      access: 'session',
      parameters: [SESSION_ID, format(...EXPORT_FORMATS)],
      answers: Object.fromEntries(EXPORT_FORMATS.map((name) => [EXPORTS[name].mediaType, 'text'])),
      errors: [400, 404],
    },
  },
  '/v1/sessions/{id}/media': {
    get: {
      summary: 'The sound and pictures of a session that asked for `store_media`, as a tar file',
      access: 'session',
      parameters: [SESSION_ID],
      answers: { 'application/x-tar': 'text' },
      errors: [404],
    },
  },
  '/v1/sessions/{id}/graph': {
    get: {
      summary: 'The graph that the model saw of the conversation',
      access: 'session',
      parameters: [SESSION_ID, format('json', 'gexf')],
      answers: { ...json(answers.graphSchema), 'application/gexf+xml': 'text' },
      errors: [400, 404, 409],
    },
  },
}

/** The HTTP side as an OpenAPI 3.1 document, made of the schemas that the tests hold real answers against. */
export function openApiDocument({ version }: { readonly version: string }): JsonSchema {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Emograph',
      version,
      description:
        'The HTTP side of `emograph serve`. Conversations go over a WebSocket: /v1/asyncapi.json. docs/protocol.md says it in words.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [
        path,
        Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, describe(operation)])),
      ]),
    ),
    components: {
      securitySchemes: {
        access: { type: 'http', scheme: 'bearer', description: 'An access token, where the server wants one.' },
        session: { type: 'http', scheme: 'bearer', description: 'The token of `session.created`.' },
      },
      schemas: { Error: jsonSchemaOf(answers.errorAnswerSchema, 'draft-2020-12', 'output') },
    },
  }
}

const SECURITY: Readonly<Record<Access, readonly JsonSchema[]>> = {
  open: [],
  access: [{ access: [] }, {}],
  session: [{ session: [] }, { access: [] }],
}

function describe({ summary, access, answers: given, parameters, body, errors = [] }: Operation): JsonSchema {
  return {
    summary,
    security: SECURITY[access],
    ...(parameters !== undefined && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'multipart/form-data': { schema: body } } },
    }),
    responses: {
      ...(given === undefined
        ? { 204: { description: 'Done.' } }
        : { 200: { description: summary, content: contentOf(given) } }),
      ...Object.fromEntries(errors.map((status) => [status, ERROR])),
      default: ERROR,
    },
  }
}

const ERROR = {
  description: 'A coded error; docs/errors.md explains every code.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}

const contentOf = (given: NonNullable<Operation['answers']>): JsonSchema =>
  Object.fromEntries(
    Object.entries(given).map(([type, schema]) => [
      type,
      { schema: schema === 'text' ? { type: 'string' } : jsonSchemaOf(schema, 'draft-2020-12', 'output') },
    ]),
  )
