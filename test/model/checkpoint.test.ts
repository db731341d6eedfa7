import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CheckpointParts, loadCheckpoint, saveCheckpoint } from '../../src/model/checkpoint.ts'
import { createCorect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { expectError } from '../support/errors.ts'
import { smallConfig } from './support.ts'

let folder: string
beforeAll(async () => {
  await useBackend('cpu')
  folder = await mkdtemp(join(tmpdir(), 'emograph-checkpoint-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const model = smallConfig({ modalities: ['text', 'audio'] })
const statistics = (size: number) => ({
  mean: Array(size).fill(0.5),
  std: Array(size).fill(2),
  utterances: 3,
  imputed: Array(size).fill(0),
})

function parts(seed: number, change: Partial<CheckpointParts> = {}): CheckpointParts {
  const corect = createCorect(model, { seed })
  const weights = corect.exportWeights()
  corect.dispose()
  return {
    name: `model ${seed}`,
    model,
    weights,
    normalisation: { text: statistics(4), audio: statistics(3) },
    features: { text: { encoder: 'MiniLM' }, audio: { columns: ['f0', 'loudness', 'hnr'] } },
    metrics: { weighted_f1: 0.5 },
    card: (sha256) => `# A model\n${sha256}\n`,
    ...change,
  }
}

describe('a checkpoint', () => {
  it('comes back as it was saved, and the same weights give the same sum', async () => {
    const dir = join(folder, 'deep/a')
    const { sha256 } = await saveCheckpoint(dir, parts(1))
    const { card, ...rest } = await loadCheckpoint(dir)
    const { card: _, ...saved } = parts(1)
    expect(rest).toEqual({ ...saved, modes: ['live', 'offline'], sha256 })
    expect(card).toContain(sha256)
    expect(await readdir(join(folder, 'deep'))).toEqual(['a'])
    expect((await saveCheckpoint(join(folder, 'b'), parts(1, { modes: ['live'] }))).sha256).toBe(sha256)
    expect((await loadCheckpoint(join(folder, 'b'))).modes).toEqual(['live'])
  })

  it('replaces an older one whole, and is put back after a crash between the two renames', async () => {
    const dir = join(folder, 'c')
    await saveCheckpoint(dir, parts(1))
    await writeFile(join(dir, 'stray'), 'x')
    await saveCheckpoint(dir, parts(2))
    expect((await loadCheckpoint(dir)).name).toBe('model 2')
    expect(await readdir(dir)).not.toContain('stray')
    await rename(dir, `${dir}.previous`)
    expect((await loadCheckpoint(dir)).name).toBe('model 2')
    await rename(dir, `${dir}.previous`)
    await saveCheckpoint(dir, parts(3))
    expect((await loadCheckpoint(dir)).name).toBe('model 3')
    expect((await readdir(folder)).filter((name) => name.includes('previous') || name.startsWith('.'))).toEqual([])
  })

  it('leaves the old one and nothing else when saving fails', async () => {
    const dir = join(folder, 'd')
    await saveCheckpoint(dir, parts(1))
    const weights = new Map(parts(2).weights)
    weights.delete('graph.rgcn.root')
    await expectError(() => saveCheckpoint(dir, parts(2, { weights })), 'EMO_SHAPE_MISMATCH', 'graph.rgcn.root')
    const card = () => {
      throw new Error('no card')
    }
    await expect(saveCheckpoint(dir, parts(2, { card }))).rejects.toThrow('no card')
    expect((await loadCheckpoint(dir)).name).toBe('model 1')
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('with a file missing is refused by name', async () => {
    for (const file of ['config.json', 'weights.safetensors', 'normalisation.json', 'README.md']) {
      const dir = join(folder, `without-${file}`)
      await saveCheckpoint(dir, parts(1))
      await rm(join(dir, file))
      await expectError(() => loadCheckpoint(dir), 'EMO_CHECKPOINT_INVALID', file)
    }
    await mkdir(join(folder, 'empty'))
    await expectError(() => loadCheckpoint(join(folder, 'empty')), 'EMO_CHECKPOINT_INVALID', 'config.json')
    await expectError(() => loadCheckpoint(join(folder, 'nowhere')), 'EMO_CHECKPOINT_INVALID', 'config.json')
  })

  it('that was changed is refused with the place', async () => {
    const dir = join(folder, 'changed')
    const edit = async (file: string, change: (text: string) => string): Promise<void> => {
      await saveCheckpoint(dir, parts(1))
      await writeFile(join(dir, file), change(await readFile(join(dir, file), 'latin1')), 'latin1')
    }
    const refused = (code: Parameters<typeof expectError>[1], ...words: string[]) =>
      expectError(() => loadCheckpoint(dir), code, ...words)
    await edit('weights.safetensors', (text) => `${text.slice(0, -1)}~`)
    await refused('EMO_CHECKPOINT_INVALID', 'weights.safetensors', 'SHA-256')
    await edit('config.json', (text) => text.slice(0, 40))
    await refused('EMO_CHECKPOINT_INVALID', 'config.json', 'JSON')
    await edit('config.json', (text) => text.replace('"version": 1', '"version": 2'))
    await refused('EMO_CHECKPOINT_INVALID', 'version')
    await edit('config.json', (text) => text.replace('"hidden": 4', '"hidden": 6'))
    await refused('EMO_SHAPE_MISMATCH')
    await edit('config.json', (text) => text.replace('"hnr"', '"hnr", "extra"'))
    await refused('EMO_CHECKPOINT_INVALID', 'features.audio.columns')
    const wide = { ...parts(1).normalisation, text: statistics(5) }
    await edit('normalisation.json', () => JSON.stringify(wide))
    await refused('EMO_CHECKPOINT_INVALID', 'normalisation.json', 'text', '4 columns')
  })
})
