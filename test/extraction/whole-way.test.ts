import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCheckpoint } from '../../src/model/checkpoint.ts'
import { packagePath } from '../../src/package.ts'
import { finished, spawnCli } from '../e2e/cli.ts'
import { SAMPLE } from './support.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'emograph-whole-way-'))
})
afterAll(() => rm(home, { recursive: true }))

/** Runs a command as a user does; the JSON of its last line. */
async function command(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await finished(spawnCli([...args, '--json']))
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
}

const TINY = [
  ...['hidden=8', 'graphHeads=1', 'crossmodalLayers=1', 'selfAttentionLayers=1', 'textEncoderLayers=1'],
  ...['textEncoderHeads=2', 'textEncoderFeedForward=16'],
].flatMap((setting) => ['--set', `model.${setting}`])

/** Figures of 35 turns by a model of a minute mean nothing: what is tested is that each step takes what the last one gave. */
it('the way from the release to labels: extract, train, evaluate, replay', async () => {
  const features = join(home, 'features')
  const extracted = await command('extract', '--iemocap', SAMPLE, '--out', features, '--workers', '2')
  expect(extracted).toMatchObject({ conversations: 5, utterances: 35, present: { text: 35, audio: 35, visual: 21 } })

  const data = join(features, 'features.jsonl')
  const out = join(home, 'run')
  const modalities = ['--set', 'data.modalities=[text, audio, visual]']
  const trained = await command(
    ...['train', '--data', data, '--out', out, '--epochs', '2', '--seeds', '7', '--backend', 'wasm'],
    ...[...TINY, ...modalities],
  )
  expect(trained.seeds).toHaveLength(1)

  const model = join(out, 'model')
  const { features: known, model: config } = await loadCheckpoint(model)
  expect(known.text).toEqual({ encoder: 'all-MiniLM-L6-v2:q8' })
  expect(known.audio?.columns).toHaveLength(config.featureSizes.audio!)
  expect(known.visual?.columns).toHaveLength(config.featureSizes.visual!)
  const checked = ['--model', model, '--data', data, '--backend', 'wasm']
  const evaluated = await command('evaluate', ...checked, '--split', 'test', '--mode', 'live')
  expect(evaluated).toMatchObject({ modalities: ['text', 'audio', 'visual'] })
  const silent = await command('evaluate', ...checked, '--split', 'test', '--modalities', 'visual')
  expect(silent).toMatchObject({ modalities: ['visual'] })

  const replayed = await command('replay', ...checked, '--split', 'test', '--mode', 'live')
  expect(replayed).toMatchObject({ conversations: 1, utterances: 7, scored: 7 })
  // Through the WebSocket, one utterance at a time: the same labels as the batch form.
  expect(replayed.weighted_f1).toBeCloseTo(evaluated.weighted_f1 as number, 10)

  // The shipped checkpoint learned from 66 published columns: ours are found in them by name.
  const shipped = ['--model', packagePath('models/emograph-iemocap6'), '--data', data, '--backend', 'wasm']
  const given = ['--split', 'test', '--mode', 'live']
  const { weighted_f1: batch } = await command('evaluate', ...shipped, ...given)
  const { weighted_f1: streamed } = await command('replay', ...shipped, ...given)
  expect(streamed).toBeCloseTo(batch as number, 10)
})
