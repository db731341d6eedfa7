import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateRecogniserCommand } from '../../src/commands/evaluate-recogniser.ts'
import { predictCommand } from '../../src/commands/predict.ts'
import { trainRecogniserCommand } from '../../src/commands/train-recogniser.ts'
import { toneWav } from '../support/tone.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-recognisers-'))
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** What a command prints on standard output. */
async function printed(command: Command, ...flags: string[]): Promise<string> {
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

/** Loud and soft tones, each in the folder of its class. */
async function soundTree(): Promise<string> {
  const dir = join(folder, 'sounds')
  for (const [split, count] of [
    ['train', 6],
    ['test', 3],
  ] as const) {
    for (const [label, level] of [
      ['loud', 1],
      ['soft', 0.05],
    ] as const) {
      await mkdir(join(dir, split, label), { recursive: true })
      for (let k = 0; k < count; k += 1) {
        const wav = toneWav(0.5 + 0.05 * k + (split === 'test' ? 0.02 : 0))
        for (let at = 44; at < wav.length; at += 2) wav.writeInt16LE(Math.round(wav.readInt16LE(at) * level), at)
        await writeFile(join(dir, split, label, `${k}.wav`), wav)
      }
    }
  }
  return dir
}

/** Bright and dark pictures, each in the folder of its class. */
async function pictureTree(): Promise<string> {
  const dir = join(folder, 'pictures')
  for (const [split, count] of [
    ['train', 8],
    ['test', 3],
  ] as const) {
    for (const [label, shade] of [
      ['bright', 170],
      ['dark', 40],
    ] as const) {
      await mkdir(join(dir, split, label), { recursive: true })
      for (let k = 0; k < count; k += 1) {
        const pixels = Buffer.from(Uint8Array.from({ length: 16 * 16 }, (_, p) => shade + ((p * (k + 3)) % 23)))
        const png = sharp(pixels, { raw: { width: 16, height: 16, channels: 1 } }).png()
        await png.toFile(join(dir, split, label, `${k}.png`))
      }
    }
  }
  return dir
}

describe('emograph train audio, evaluate audio, predict --audio', () => {
  it('learn, agree with each other, and go on only where asked', async () => {
    const data = await soundTree()
    const out = join(folder, 'audio-run')
    const flags = ['--data', data, '--network', 'perceptron', '--epochs', '8', '--seeds', '1,2', '--out', out]
    const run = JSON.parse(await printed(trainRecogniserCommand('audio'), ...flags, '--json'))
    expect(run.items).toEqual({ train: 10, val: 2, test: 6 })
    expect(run.seeds).toHaveLength(2)

    const html = join(folder, 'report.html')
    const judged = ['--model', run.model, '--data', data]
    const evaluation = JSON.parse(
      await printed(evaluateRecogniserCommand('audio'), ...judged, '--html', html, '--json'),
    )
    const kept = run.seeds.find((seed: { seed: number }) => seed.seed === 1)
    expect(evaluation.evaluations[0].accuracy).toBe(kept.test[0].accuracy)
    expect(evaluation.evaluations[0].accuracy).toBe(1)
    expect(evaluation.evaluations[0].auc.macro).toBe(1)
    expect(await readFile(html, 'utf8')).toContain('aria-label="ROC curves"')

    const file = join(data, 'test/loud/0.wav')
    const { predictions } = JSON.parse(
      await printed(predictCommand(), '--audio', file, '--audio-model', run.model, '--json'),
    )
    expect(predictions[0]).toMatchObject({ modality: 'audio', model: 'audio-run', label: 'loud' })

    await expect(printed(trainRecogniserCommand('audio'), ...flags)).rejects.toMatchObject({ code: 'EMO_RUN_EXISTS' })
    const again = JSON.parse(await printed(trainRecogniserCommand('audio'), ...flags, '--resume', '--json'))
    expect(again.sha256).toBe(run.sha256)
  })

  it('an LSTM goes the same way', async () => {
    const out = join(folder, 'lstm-run')
    const flags = ['--data', join(folder, 'sounds'), '--network', 'lstm', '--epochs', '1', '--out', out, '--json']
    const run = JSON.parse(await printed(trainRecogniserCommand('audio'), ...flags))
    const table = await printed(
      evaluateRecogniserCommand('audio'),
      '--model',
      run.model,
      '--data',
      join(folder, 'sounds'),
    )
    expect(table).toContain('accuracy')
  })
})

describe('emograph train face and evaluate face', () => {
  it('a network from scratch learns from a folder of pictures', async () => {
    const data = await pictureTree()
    const config = join(folder, 'face.yaml')
    const network = 'network: { kind: cbam, side: 16, channels: [4, 6] }'
    await writeFile(
      config,
      `task: face\ndata: { path: x, crop: whole }\n${network}\nepochs: 40\nbatchSize: 8\noptimiser: { learningRate: 0.02 }\n`,
    )
    const flags = ['--config', config, '--data', data, '--out', join(folder, 'face-run'), '--json']
    const run = JSON.parse(await printed(trainRecogniserCommand('face'), ...flags))
    expect(run.seeds[0].test[0].accuracy).toBe(1)
    const evaluation = JSON.parse(
      await printed(evaluateRecogniserCommand('face'), '--model', run.model, '--data', data, '--json'),
    )
    expect(evaluation.evaluations[0].accuracy).toBe(1)
  })
})

describe('what is wrong is said', () => {
  it.each([
    [['--network', 'cbam'], 'network.kind'],
    [['--network', 'forest'], 'network.kind'],
  ])('%j', async (flags, field) => {
    await expect(printed(trainRecogniserCommand('audio'), '--data', 'x', ...flags)).rejects.toMatchObject({
      code: 'EMO_CONFIG_INVALID',
      detail: { field },
    })
  })

  it('predict without anything to label', async () => {
    await expect(printed(predictCommand())).rejects.toMatchObject({ code: 'EMO_CONFIG_INVALID' })
  })
})
