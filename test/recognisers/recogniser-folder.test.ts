import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../src/package.ts'
import { splittingSchema } from '../../src/recognisers/config.ts'
import { createNetwork } from '../../src/recognisers/networks/create-network.ts'
import { networkSchema } from '../../src/recognisers/networks/network.ts'
import { loadRecogniser, SHIPPED_RECOGNISERS } from '../../src/recognisers/recogniser.ts'
import { loadRecogniserFolder, type RecogniserParts, saveRecogniser } from '../../src/recognisers/recogniser-folder.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { expectError } from '../support/errors.ts'

let folder: string
let parts: RecogniserParts
beforeAll(async () => {
  await useBackend('auto')
  folder = await mkdtemp(join(tmpdir(), 'emograph-folder-'))
  const network = networkSchema.parse({ kind: 'perceptron', hidden: [3] })
  parts = {
    ...{ name: 'a test', task: 'audio', labels: ['happy', 'sad'], network, features: 'of another kind', crop: 'face' },
    ...{ personScaling: null, splitting: splittingSchema.parse({}), metrics: null },
    standardisation: { mean: [1, 2], std: [1, 3], rows: 1 },
    weights: createNetwork(network, { width: 2, classes: 2 }, { seed: 1 }).values(),
  }
})
afterAll(() => rm(folder, { recursive: true }))

const saved = async (name: string): Promise<string> => {
  const dir = join(folder, name)
  await saveRecogniser(dir, parts, (sha256) => `card of ${sha256}`)
  return dir
}

describe('a recogniser folder', () => {
  it('comes back as it was saved', async () => {
    const stored = await loadRecogniserFolder(await saved('whole'))
    expect(stored).toEqual({ ...parts, sha256: stored.sha256, card: `card of ${stored.sha256}` })
  })

  it.each([
    ['weights.safetensors', (bytes: Buffer) => bytes.fill(1, bytes.length - 1), 'SHA-256'],
    ['config.json', () => Buffer.from('{'), 'JSON'],
    ['standardisation.json', () => Buffer.from('{"mean":[1,2],"std":[1],"rows":1}'), 'std'],
  ])('says that %s was changed', async (file, change, part) => {
    const dir = await saved('changed')
    await writeFile(join(dir, file), change(await readFile(join(dir, file))))
    await expectError(() => loadRecogniserFolder(dir), 'EMO_CHECKPOINT_INVALID', file, part)
  })

  it('is refused for another task, for features made otherwise, and where it is none', async () => {
    const dir = await saved('other')
    await expectError(() => loadRecogniser(dir, 'face'), 'EMO_CHECKPOINT_INVALID', 'got audio')
    await expectError(() => loadRecogniser(dir, 'audio'), 'EMO_CHECKPOINT_INVALID', 'features of another kind')
    await expectError(() => loadRecogniser(join(folder, 'none'), 'audio'), 'EMO_CHECKPOINT_INVALID')
    const other = packagePath('models/emograph-iemocap6')
    const said = 'field format: expected "emograph-recogniser", got a string.'
    await expectError(() => loadRecogniserFolder(other), 'EMO_CHECKPOINT_INVALID', 'config.json', said)
  })
})

describe.each(['audio', 'face'] as const)('the shipped recogniser of %s', (task) => {
  it('loads, and its card tells its terms and its weights', async () => {
    const recogniser = await loadRecogniser(SHIPPED_RECOGNISERS[task], task)
    const { card, sha256, labels } = recogniser.stored
    for (const part of [sha256, '**Terms**', '**Limit**', 'accuracy', ...labels]) expect(card).toContain(part)
    await recogniser.dispose()
  })
})
