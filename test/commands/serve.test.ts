import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serveCommand } from '../../src/commands/serve.ts'
import { openStore } from '../../src/server/data-dir.ts'

test('that another server has the store is found out before a model is loaded', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'emograph-serve-'))
  const store = openStore({ dataDir, durability: 'normal' })
  onTestFinished(async () => {
    store.close()
    await rm(dataDir, { recursive: true })
  })
  // The model is not there either, which would be the error if it came first.
  const flags = ['--data-dir', dataDir, '--model', join(dataDir, 'none'), '--no-speech', '--log-level', 'silent']
  const serving = serveCommand().parseAsync(flags, { from: 'user' })
  await expect(serving).rejects.toMatchObject({ code: 'EMO_STORE_UNAVAILABLE' })
})
