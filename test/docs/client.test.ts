import { readFileSync } from 'node:fs'
import { build, type Rollup } from 'vite'
import { expect, test } from 'vitest'
import * as client from '../../src/client/index.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import { startServer } from '../../src/server/server.ts'

const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8')
const [inNode, inPage] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program]) => program!)

test('the example for Node runs as it stands', async () => {
  const server = await startServer({ model: createFakeModel(), port: 0, logLevel: 'silent' })
  const program = inNode!
    .replace(/^import \{ connect \} from 'emograph\/client'$/m, '')
    .replace('ws://127.0.0.1:8765/v1/session', server.socketUrl)
  const printed: unknown[][] = []
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...values: unknown[]) => unknown
  const run = new AsyncFunction('console', 'connect', program)
  await run({ log: (...values: unknown[]) => printed.push(values) }, client.connect)
  expect(printed.map(([first]) => first)).toEqual(['ann', expect.anything()])
  expect(LABEL_SETS.iemocap6).toContain(printed[1]?.[0])
  expect(printed[1]?.[1]).toHaveLength(6)
  await server.close()
})

test('the example for pages bundles', async () => {
  const result = (await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { 'emograph/client': new URL('../../src/client/index.ts', import.meta.url).pathname } },
    plugins: [
      {
        name: 'example',
        resolveId: (id) => (id.endsWith('example.ts') ? id : null),
        load: (id) => (id.endsWith('example.ts') ? inPage! : null),
      },
    ],
    build: { write: false, target: 'es2022', lib: { entry: '/example.ts', formats: ['es'] } },
  })) as Rollup.RollupOutput[]
  const [entry] = result.flatMap(({ output }) => output).filter((part) => part.type === 'chunk')
  expect(entry?.code).toContain('registerProcessor')
})
