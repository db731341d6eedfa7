import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { connect } from '../../../src/client/client.ts'
import { createPredictor } from '../../../src/recognisers/predictor.ts'
import { createApp } from '../../../src/server/app.ts'
import { createAuthenticator } from '../../../src/server/auth.ts'
import { openApiDocument } from '../../../src/server/documents/openapi.ts'
import { createFakeModel } from '../../../src/server/fakes.ts'
import * as answers from '../../../src/server/http-messages.ts'
import { limitsSchema } from '../../../src/server/limits.ts'
import { createLog } from '../../../src/server/log.ts'
import { createMetrics } from '../../../src/server/metrics.ts'
import { createRateLimiter } from '../../../src/server/rate-limit.ts'
import { startServer } from '../../../src/server/server.ts'
import { IN_MEMORY } from '../../../src/server/store/database.ts'
import { createSessionStore } from '../../../src/server/store/session-store.ts'

test('the document is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(openApiDocument({ version: '1.2.3' }))
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
  const broken = { ...openApiDocument({ version: '1.2.3' }), paths: { healthz: {} } }
  expect((await new Validator().validate(broken)).valid).toBe(false)
})

test('what a server really answers is what the document says', async () => {
  const server = await startServer({ model: createFakeModel(), port: 0, logLevel: 'silent' })
  onTestFinished(() => server.close())
  const client = await connect(server.socketUrl)
  onTestFinished(() => client.terminate())
  await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'a test', explain: true })
  await client.label({ participant: 'ann', text: 'How was it?', start_ms: 0, end_ms: 900 })
  const { session_id: id, token } = client.session
  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).json()

  // `parse` would leave fields away that the schema does not know: nothing may be missing.
  const same = (schema: { parse(value: unknown): unknown }, value: unknown): void =>
    expect(schema.parse(value)).toEqual(value)
  same(answers.healthSchema, await get('/healthz'))
  same(answers.readySchema, await get('/readyz'))
  same(answers.versionSchema, await get('/v1/version'))
  same(answers.modelSchema, await get('/v1/model'))
  same(answers.sessionListSchema, await get('/v1/sessions'))
  same(answers.sessionSchema, await get(`/v1/sessions/${id}`))
  same(answers.graphSchema, await get(`/v1/sessions/${id}/graph`))
  same(answers.errorAnswerSchema, await get('/v1/sessions/other'))

  const form = new FormData()
  for (const [name, value] of Object.entries({ text: 'How was it?', consent: 'true', purpose: 'a test' }))
    form.set(name, value)
  const predicted = await fetch(`${server.url}/v1/predict`, { method: 'POST', body: form })
  same(answers.predictionsSchema, await predicted.json())

  expect(await get('/v1/openapi.json')).toMatchObject({ openapi: '3.1.1' })
  expect(await get('/v1/asyncapi.json')).toMatchObject({ asyncapi: '3.0.0' })
})

test('every address of the server is in the document, and none besides', () => {
  const store = createSessionStore({ path: IN_MEMORY })
  onTestFinished(() => store.close())
  const limits = limitsSchema.parse({})
  const app = createApp({
    model: createFakeModel(),
    version: '1.2.3',
    origins: { allowedOrigins: [], loopback: true },
    ready: () => true,
    sessions: () => 0,
    log: createLog('silent'),
    predictor: createPredictor(),
    limits,
    auth: createAuthenticator([]),
    limiter: createRateLimiter(limits),
    trustProxy: 0,
    metrics: createMetrics(() => ({ sessions: 0, connections: 0, waiting: 0, oldestWaitMs: 0, quality: 'full' })),
    speech: undefined,
    retentionMs: null,
    store,
    removeSession: () => false,
  })
  const served = routesOf(layersSchema.parse(app.router)).map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
  const { paths } = z
    .object({ paths: z.record(z.string(), z.looseObject({})) })
    .parse(openApiDocument({ version: '1.2.3' }))
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(documented.length).toBeGreaterThan(10)
  expect(new Set(documented)).toEqual(new Set(served.filter((route) => route !== 'get /')))
})

/** As much of Express's router as tells which addresses it answers. */
interface Layers {
  readonly stack: readonly {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> } | undefined
    readonly handle?: unknown
  }[]
}

const layersSchema: z.ZodType<Layers> = z.custom<Layers>(
  (value) => typeof value === 'function' && 'stack' in value && Array.isArray(value.stack),
)

function routesOf({ stack }: Layers): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route !== undefined) return Object.keys(route.methods).map((method) => `${method} ${route.path}`)
    const nested = layersSchema.safeParse(handle)
    return nested.success ? routesOf(nested.data) : []
  })
}
