import { cp, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJsonl } from '../../src/datasets/jsonl.ts'
import { EXTRACTION_FILES, type ExtractionProgress, extract } from '../../src/extraction/extract.ts'
import { iemocapSource } from '../../src/extraction/iemocap-source.ts'
import type { ExtractionSource } from '../../src/extraction/job.ts'
import { explainExtraction } from '../../src/extraction/report.ts'
import { finished, spawnCli } from '../e2e/cli.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'
import { digests, SAMPLE, TEXT_AND_AUDIO } from './support.ts'

let home: string
let source: ExtractionSource
let whole: string
let expected: Record<string, string>
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'emograph-extract-'))
  source = await iemocapSource(SAMPLE)
  whole = join(home, 'whole')
  await extract(source, { extractor: TEXT_AND_AUDIO, out: whole, workers: 1 })
  expected = await digests(whole)
})
afterAll(() => rm(home, { recursive: true }))

describe('extraction of the sample corpus', () => {
  it('gives every rated turn its features, and leaves nothing else behind', async () => {
    expect(Object.keys(expected)).toEqual([
      'extraction.json',
      'features.audio.f32',
      'features.jsonl',
      'features.text.f32',
    ])
    const conversations = await collect(readJsonl(join(whole, EXTRACTION_FILES.features)))
    expect(conversations.map(({ id, split, utterances }) => [id, split, utterances.length])).toEqual([
      ['Ses01F_impro01', 'train', 8],
      ['Ses02M_impro04', 'train', 7],
      ['Ses03M_impro05a', 'train', 7],
      ['Ses04F_impro07', 'val', 6],
      ['Ses05M_script01_1b', 'test', 7],
    ])
    for (const { utterances } of conversations) {
      for (const { features } of utterances) {
        expect(features.text).toHaveLength(384)
        expect(features.audio).toHaveLength(47)
        expect(features.audio!.every(Number.isFinite)).toBe(true)
      }
    }
  })

  it('is the same to the byte with two threads', async () => {
    const out = join(home, 'threads')
    await extract(source, { extractor: TEXT_AND_AUDIO, out, workers: 2 })
    expect(await digests(out)).toEqual(expected)
  })

  it('is the same to the byte after any interruption, and does again only what was not finished', async () => {
    const out = join(home, 'interrupted')
    for (let parts = 1; parts < source.jobs.length; parts += 2) {
      let jobs = 0
      const onProgress = () => {
        if (jobs++ === parts) throw new Error('interrupted')
      }
      const run = extract(source, { extractor: TEXT_AND_AUDIO, out, workers: 1, onProgress })
      await expect(run).rejects.toThrow('interrupted')
    }
    const seen: ExtractionProgress[] = []
    const onProgress = (progress: ExtractionProgress) => void seen.push(progress)
    await extract(source, { extractor: TEXT_AND_AUDIO, out, workers: 1, onProgress })
    expect(seen[0]).toEqual({ utterances: 28, total: 35, resumed: 28 }) // 1 + 3 of the 5 jobs
    expect(await digests(out)).toEqual(expected)
  })

  it('is done again where what an earlier run left is broken', async () => {
    const out = join(home, 'broken')
    const options = { extractor: TEXT_AND_AUDIO, out, workers: 1 }
    const stop = (): void => {
      throw new Error('interrupted')
    }
    let jobs = 0
    await expect(extract(source, { ...options, onProgress: () => jobs++ === 2 && stop() })).rejects.toThrow()
    const parts = join(out, EXTRACTION_FILES.parts)
    const [one, other] = (await readdir(parts)).filter((name) => name.endsWith('.json'))
    await writeFile(join(parts, one!), '{"key"')
    await writeFile(join(parts, other!), '{"key":"of another version"}')
    await writeFile(join(out, EXTRACTION_FILES.report), '{bro')
    await writeFile(join(out, EXTRACTION_FILES.features), '')
    await extract(source, options)
    expect(await digests(out)).toEqual(expected)
  })

  it('is not done again when nothing has changed, and is when media or options have', async () => {
    const corpus = join(home, 'corpus')
    await cp(SAMPLE, corpus, { recursive: true })
    const out = join(home, 'again')
    const options = { extractor: TEXT_AND_AUDIO, out, workers: 1 }
    await extract(await iemocapSource(corpus), options)
    const made = await digests(out)
    let calls = 0
    const onProgress = () => void calls++
    await extract(await iemocapSource(corpus), { ...options, onProgress })
    expect(calls).toBe(0)

    await utimes(join(corpus, 'Session3/dialog/wav/Ses03M_impro05a.wav'), 1, 1)
    await extract(await iemocapSource(corpus), { ...options, onProgress })
    expect(calls).toBe(6) // the state at the start, and each of the five dialogues: their parts were removed
    const { 'extraction.json': _, ...features } = await digests(out)
    expect(made).toMatchObject(features)

    await extract(await iemocapSource(corpus), {
      ...options,
      extractor: { ...TEXT_AND_AUDIO, calibratedAudio: false },
      onProgress,
    })
    expect((await digests(out))['features.audio.f32']).not.toBe(made['features.audio.f32'])
  })

  it.each([1, 2])('weights that are not there are a coded error, with %i threads', async (workers) => {
    const extractor = { ...TEXT_AND_AUDIO, textEncoder: 'no-such-model' }
    const run = () => extract(source, { extractor, out: join(home, 'none'), workers })
    await expectError(run, 'EMO_ENCODER_UNAVAILABLE', 'no-such-model')
  })

  it('a recording that does not decode is a missing modality with its reason', async () => {
    const corpus = join(home, 'broken')
    await cp(SAMPLE, corpus, { recursive: true })
    await writeFile(join(corpus, 'Session2/sentences/wav/Ses02M_impro04/Ses02M_impro04_F001.wav'), 'RIFF')
    await rm(join(corpus, 'Session3/dialog/wav/Ses03M_impro05a.wav'))
    const out = join(home, 'gaps')
    const report = await extract(await iemocapSource(corpus), { extractor: TEXT_AND_AUDIO, out, workers: 1 })
    expect(report.present).toEqual({ text: 35, audio: 27 })
    expect(report.missing[0]).toEqual({
      conversation: 'Ses02M_impro04',
      utterance: 'Ses02M_impro04_F001',
      modality: 'audio',
      reason: 'the sound cannot be read: EMO_AUDIO_FORMAT',
    })
    expect(explainExtraction(report)).toEqual(expect.arrayContaining(['audio: 27 of 35 (egemaps-v1-calibrated)']))
    expect(explainExtraction(report)).toContain('  7 × no audio file')
    const [, second] = await collect(readJsonl(join(out, EXTRACTION_FILES.features)))
    expect(second!.utterances.filter(({ features }) => features.audio === undefined)).toHaveLength(1)
  })
})

it('emograph extract, killed in its midst and started again, gives the same bytes', async () => {
  const out = join(home, 'killed')
  const args = ['extract', '--iemocap', SAMPLE, '--out', out, '--modalities', 'text,audio', '--workers', '1', '--json']
  const child = spawnCli(args)
  const end = finished(child)
  const parts = join(out, EXTRACTION_FILES.parts)
  const hasPart = async () => (await readdir(parts).catch(() => [])).some((name) => name.endsWith('.json'))
  while (child.exitCode === null && !(await hasPart())) await new Promise((resolve) => setTimeout(resolve, 2))
  child.kill('SIGKILL')
  expect((await end).code).toBe(null)
  expect(await readdir(out)).not.toContain(EXTRACTION_FILES.report)
  const { code, stdout } = await finished(spawnCli(args))
  expect(code).toBe(0)
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ utterances: 35, present: { audio: 35 } })
  expect(await digests(out)).toEqual(expected)
})
