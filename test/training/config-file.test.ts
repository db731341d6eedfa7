import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTrainConfig, parseTrainConfig } from '../../src/training/config-file.ts'
import { visualPairingSchema } from '../../src/training/visual-pairing-config.ts'
import { errorOf } from '../support/errors.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function yaml(text: string): Promise<string> {
  const file = join(folder, 'train.yaml')
  await writeFile(file, text)
  return file
}

describe('loadTrainConfig', () => {
  it('fills in every default', async () => {
    const config = await loadTrainConfig(await yaml('data: { path: x.jsonl }'))
    expect(config.data).toMatchObject({ path: 'x.jsonl', labelSet: 'iemocap6', modalities: ['text', 'audio'] })
    expect(config.model.hidden).toBe(100)
    expect(config.schedule).toEqual({ kind: 'cosine', warmup: 0.1, minimum: 0.01 })
  })

  it('lets flags override the file, and lists replace lists', async () => {
    const file = await yaml('data: { path: x.jsonl }\nseeds: [1, 2, 3]\noptimiser: { learningRate: 0.1, clipNorm: 2 }')
    const config = await loadTrainConfig(
      file,
      new Map<string, unknown>([
        ['seeds', [9]],
        ['optimiser.learningRate', 0.5],
        ['model.hidden', 32],
      ]),
    )
    expect(config.seeds).toEqual([9])
    expect(config.optimiser).toMatchObject({ learningRate: 0.5, clipNorm: 2 })
    expect(config.model.hidden).toBe(32)
  })

  it('names the field that is unknown or wrong, and the line that is not YAML', async () => {
    const unknown = await errorOf(async () => loadTrainConfig(await yaml('data: { path: x }\noptimiser: { speed: 3 }')))
    expect(unknown).toMatchObject({ code: 'EMO_CONFIG_INVALID', detail: { field: 'optimiser.speed' } })
    const wrong = await errorOf(async () => loadTrainConfig(await yaml('data: { path: x }\nbatchSize: none')))
    expect(wrong).toMatchObject({ code: 'EMO_CONFIG_INVALID', detail: { field: 'batchSize' } })
    const model = await errorOf(async () => loadTrainConfig(await yaml('data: { path: x }\nmodel: { hiden: 3 }')))
    expect(model).toMatchObject({ code: 'EMO_CONFIG_INVALID', detail: { field: 'model.hiden' } })
    const broken = await errorOf(async () => loadTrainConfig(await yaml('data:\n  path: "x\nmode: [')))
    expect(broken.code).toBe('EMO_CONFIG_INVALID')
    expect(broken.detail.line).toBeGreaterThan(1)
    expect((await errorOf(() => loadTrainConfig(join(folder, 'absent.yaml')))).code).toBe('EMO_FILE_MISSING')
  })

  it('learning from the dev split leaves nothing to choose by', async () => {
    const text = 'data: { path: x, learnFromDev: true }'
    expect((await errorOf(async () => loadTrainConfig(await yaml(text)))).detail.field).toBe('keep')
    expect((await loadTrainConfig(await yaml(`${text}\nkeep: last\npatience: null`))).data.learnFromDev).toBe(true)
  })

  it('pairs faces with labels of the data, for a model that takes them', async () => {
    const pairing = (emotions: string) => `visualPairing: { faces: f, columns: [c], emotions: ${emotions} }`
    const text = (modalities: string, emotions: string) =>
      `data: { path: x, modalities: ${modalities}, ${pairing(emotions)} }`
    const read = async (modalities: string, emotions: string) => loadTrainConfig(await yaml(text(modalities, emotions)))
    expect((await read('[text, visual]', '{ hap: { joy: 1 } }')).data.visualPairing?.emotions).toEqual({
      hap: { joy: 1 },
    })
    const unknown = await errorOf(() => read('[text, visual]', '{ glad: { joy: 1 } }'))
    expect(unknown.detail.field).toBe('data.visualPairing.emotions.glad')
    expect((await errorOf(() => read('[text]', '{}'))).detail.field).toBe('data.modalities')
  })

  it('refuses a configuration that is a list, and asks for data', async () => {
    expect((await errorOf(async () => loadTrainConfig(await yaml('- a')))).code).toBe('EMO_CONFIG_INVALID')
    expect((await errorOf(() => loadTrainConfig(undefined))).detail.field).toBe('data')
  })
})

it('a parsed configuration parses to itself', () => {
  const config = parseTrainConfig({ data: { path: 'x' } })
  expect(parseTrainConfig(config)).toEqual(config)
})

it('the documentation names every field and every default', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')
  const {
    data,
    model: _model,
    optimiser,
    schedule: _schedule,
    card,
    ...rest
  } = parseTrainConfig({ data: { path: 'x' } })
  const pairing = visualPairingSchema.parse({ faces: 'f', columns: ['c'], emotions: {} })
  const { faces: _faces, columns: _columns, emotions: _emotions, ...pairingDefaults } = pairing
  const leaves = [
    ...Object.entries(pairingDefaults),
    ...Object.entries(data).map(([name, value]) => [`data.${name}`, value]),
    ...Object.entries(optimiser).map(([name, value]) => [`optimiser.${name}`, value]),
    ...Object.keys(card).map((name) => [`card.${name}`, undefined]),
    ...Object.entries(rest),
  ] as [string, unknown][]
  const shown = (value: unknown) => {
    if (Array.isArray(value)) return `[${value.join(', ')}]`
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  }
  for (const [name, value] of leaves) {
    const row = page.split('\n').find((line) => line.startsWith('| `') && line.split('|')[1]!.includes(`\`${name}\``))
    expect(row, name).toBeDefined()
    if (value === undefined || name === 'data.path') continue
    const defaults = row!
      .split('|')[2]!
      .match(/`[^`]+`/g)!
      .map((cell) => cell.slice(1, -1))
    expect(
      defaults.map((text) => (Number.isNaN(Number(text)) ? text : String(Number(text)))),
      name,
    ).toContain(shown(value))
  }
})
