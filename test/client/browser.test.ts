import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import { expect, test } from 'vitest'

/** `emograph/client` as a page gets it. */

test('the client bundles for browsers: no module of Node, and little of anything', async () => {
  const seen: string[] = []
  const result = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'seen',
        enforce: 'pre',
        resolveId(id) {
          seen.push(id)
          return null
        },
      },
    ],
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('../../src/client/index.ts', import.meta.url)), formats: ['es'] },
    },
  })) as Rollup.RollupOutput[]
  const chunks = result.flatMap(({ output }) => output).filter((part) => part.type === 'chunk')
  expect(seen.filter((id) => isBuiltin(id) || id.includes('__vite-browser-external'))).toEqual([])
  // Nothing stays outside of what was built.
  const built = chunks.map(({ fileName }) => fileName)
  for (const { imports, dynamicImports } of chunks)
    for (const imported of [...imports, ...dynamicImports]) expect(built).toContain(imported)
  const [entry] = chunks.filter(({ isEntry }) => isEntry)
  expect(entry?.exports).toEqual(expect.arrayContaining(['connect', 'playConversation', 'EmographError']))
  const own = seen.filter((id) => id.startsWith('.') && id.endsWith('.ts'))
  // The protocol and the words of the field; no server, no model, no tensors.
  expect(own.filter((id) => /tensor|model|graph|encoders|\/server\/(?!protocol)/.test(id))).toEqual([])
  expect(entry?.code.length).toBeLessThan(400_000)
})
