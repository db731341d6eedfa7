import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateCommand } from '../../src/commands/evaluate.ts'
import { overrides, trainCommand } from '../../src/commands/train.ts'
import { writeJsonl } from '../../src/datasets/jsonl-writer.ts'
import { loadTrainConfig } from '../../src/training/config-file.ts'
import { syntheticConversations } from '../training/synthetic.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-commands-'))
  file = join(folder, 'synthetic.jsonl')
  await writeJsonl(file, syntheticConversations({ conversations: 24 }))
})
afterAll(() => rm(folder, { recursive: true }))

/** What a command prints on standard output. */
async function printed(command: ReturnType<typeof trainCommand>, ...flags: string[]): Promise<string> {
  const lines: string[] = []
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  const error = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await command.parseAsync(flags, { from: 'user' })
  } finally {
    out.mockRestore()
    error.mockRestore()
  }
  return lines.join('')
}

const SMALL = [
  ...['hidden=8', 'graphHeads=1', 'crossmodalLayers=1', 'selfAttentionLayers=1', 'textEncoderLayers=1'],
  ...['textEncoderHeads=2', 'textEncoderFeedForward=16'],
].flatMap((setting) => ['--set', `model.${setting}`])

describe('emograph train and emograph evaluate', () => {
  it('train prints one JSON object; evaluate gives the same figures for its model', async () => {
    const out = join(folder, 'run')
    const flags = ['--data', file, '--out', out, '--epochs', '2', '--seeds', '7', '--backend', 'cpu', ...SMALL]
    const result = JSON.parse(await printed(trainCommand(), ...flags, '--set', 'data.labelSet=iemocap4', '--json'))
    expect(result.seeds).toHaveLength(1)
    for (const row of result.summary) {
      const { split, mode, modalities, mean } = row
      const chosen = ['--split', split, '--mode', mode, '--modalities', modalities.join(',')]
      const evaluated = JSON.parse(
        await printed(
          evaluateCommand(),
          '--model',
          join(out, 'model'),
          '--data',
          file,
          '--backend',
          'cpu',
          ...chosen,
          '--json',
        ),
      )
      expect(evaluated).toMatchObject({ split, mode, modalities })
      expect(evaluated.weighted_f1).toBeCloseTo(mean, 10)
      expect(Object.keys(evaluated.per_class)).toEqual(['hap', 'sad', 'neu', 'ang'])
    }

    const html = join(folder, 'report.html')
    const table = await printed(
      evaluateCommand(),
      ...['--model', join(out, 'model'), '--data', file, '--backend', 'cpu', '--html', html],
    )
    expect(table).toContain('weighted F1')
    expect(await readFile(html, 'utf8')).toContain('<svg')
  })

  it('evaluate says which flag is wrong', async () => {
    await expect(
      printed(evaluateCommand(), '--model', 'x', '--data', 'y', '--modalities', 'smell'),
    ).rejects.toMatchObject({ code: 'EMO_CONFIG_INVALID', detail: { field: '--modalities' } })
  })
})

it('flags become fields of the configuration', async () => {
  const flags = { data: '1.jsonl', mode: 'live', threads: '2', seeds: '3,4', set: ['optimiser.learningRate=2e-3'] }
  const config = await loadTrainConfig(undefined, overrides(flags))
  expect(config).toMatchObject({ mode: 'live', threads: 2, seeds: [3, 4], data: { path: '1.jsonl' } })
  expect(config.optimiser.learningRate).toBe(0.002)
})

it('a flag that is no number is a coded error', async () => {
  await expect(loadTrainConfig(undefined, overrides({ data: 'x', seeds: '1,b' }))).rejects.toMatchObject({
    code: 'EMO_CONFIG_INVALID',
    detail: { field: 'seeds.1' },
  })
})
