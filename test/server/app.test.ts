import { expect, test } from 'vitest'
import { createFakeModel } from '../../src/server/fakes.ts'
import { startServer } from '../../src/server/server.ts'

test('refusals say why; the model is told to whoever asks, whatever kind of answer was wanted', async () => {
  const server = await startServer({ model: createFakeModel(), port: 0, logLevel: 'silent' })
  const ask = async (accept: string): Promise<string | null> =>
    (await fetch(`${server.url}/v1/model`, { headers: { accept } })).headers.get('content-type')
  try {
    for (const accept of ['application/json', '*/*', 'image/png', ';;;']) expect(await ask(accept)).toContain('json')
    expect(await ask('text/markdown')).toContain('markdown')
    const refused = await fetch(`${server.url}/v1/model`, { method: 'PUT' })
    expect(await refused.text()).toContain('got PUT to an address that does not take it')
    const { port } = new URL(server.url)
    const second = startServer({ model: createFakeModel(), port: Number(port), logLevel: 'silent' })
    await expect(second).rejects.toThrow(/EMO_LISTEN_FAILED: expected .* a port that is free, got EADDRINUSE/)
  } finally {
    await server.close()
  }
})
