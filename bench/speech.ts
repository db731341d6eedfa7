/**
 * How much of real speech the speech recogniser hears, and how long it takes: word error rate (insertions, deletions and
 * substitutions over the words of the reference; case and punctuation do not count) and wall time.
 *
 *   npm run bench:speech [-- --speech DIR]
 *
 * The IEMOCAP clips are acted quarrels over a distant microphone with the other speaker in the background; the call is a
 * telephone conversation of two, 30 s at once; GRID says one fixed kind of sentence ("lay blue at x four now"), whose words
 * are in the names of its files.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { decodeWhole } from '../src/encoders/media/decode-whole.ts'
import { createSpeechRecogniser, type SpeechRecogniser } from '../src/encoders/speech/speech-recogniser.ts'
import { DIGITS, gridSentence } from '../test/support/grid-sentence.ts'

const { values: flags } = parseArgs({ options: { speech: { type: 'string' } } })
const DATA = join(process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared'), 'data')

interface Clip {
  readonly file: string
  readonly text: string
}

async function iemocapClips(): Promise<Clip[]> {
  const rowSchema = z.object({ utterances: z.array(z.object({ id: z.string(), text: z.string() })) })
  const lines = (await readFile(join(DATA, 'iemocap/iemocap_all10039_dialogues.jsonl'), 'utf8')).split('\n')
  const rows = lines.filter(Boolean).flatMap((line) => rowSchema.parse(JSON.parse(line)).utterances)
  const texts = new Map(rows.map(({ id, text }) => [id, text]))
  const names = (await readdir(join(DATA, 'iemocap_clips'))).filter((name) => name.endsWith('.mp4'))
  return names.flatMap((name) => {
    const text = texts.get(name.replace('.mp4', ''))
    return text === undefined ? [] : [{ file: join(DATA, 'iemocap_clips', name), text }]
  })
}

async function telephoneCall(): Promise<Clip[]> {
  const lines = (await readFile(join(DATA, 'meeting/sample.stm'), 'utf8')).trim().split('\n')
  const text = lines.map((line) => line.split(/\s+/).slice(5).join(' ')).join(' ')
  return [{ file: join(DATA, 'meeting/sample.wav'), text }]
}

async function gridClips(): Promise<Clip[]> {
  const names = (await readdir(join(DATA, 'talking_face'))).filter((name) => name.endsWith('.mpg'))
  return names.map((name) => ({ file: join(DATA, 'talking_face', name), text: gridSentence(name)! }))
}

/** Words as they are compared: small letters, digits as words, marks of the transcriber such as [LAUGHTER] left out. */
const wordsOf = (text: string): string[] =>
  (
    text
      .toLowerCase()
      .replaceAll(/\[.*?\]/g, ' ')
      .replaceAll('’', "'")
      .match(/[a-z']+|\d/g) ?? []
  ).map((word) => DIGITS[word] ?? word)

/** Levenshtein's distance of two lists. */
function distance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, word] of a.entries()) {
    const next = [i + 1]
    for (const [j, other] of b.entries())
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (word === other ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

async function measure(recogniser: SpeechRecogniser, title: string, clips: readonly Clip[]): Promise<void> {
  let [errors, words, seconds, ms, silent] = [0, 0, 0, 0, 0]
  for (const { file, text } of clips) {
    const { samples } = await decodeWhole(file)
    const began = performance.now()
    const said = wordsOf(await recogniser.transcribe(samples))
    ms += performance.now() - began
    seconds += samples.length / 16_000
    const reference = wordsOf(text)
    words += reference.length
    errors += distance(reference, said)
    if (said.length === 0) silent += 1
  }
  const rate = `${((100 * errors) / words).toFixed(1)} %`
  const pace = `${(ms / seconds).toFixed(0)} ms a second of sound`
  console.log(`${title}: ${clips.length} clips, ${seconds.toFixed(0)} s, ${words} words`)
  console.log(`  word error rate ${rate}, nothing heard in ${silent}, ${pace}`)
}

async function measureLatency(recogniser: SpeechRecogniser, { file }: Clip): Promise<void> {
  const samples = (await decodeWhole(file)).samples.subarray(0, 3 * 16_000)
  const times: number[] = []
  for (let run = 0; run < 40; run++) {
    const began = performance.now()
    await recogniser.transcribe(samples)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  console.log(`a clip of 3 s: median ${times[20]!.toFixed(0)} ms, p95 ${times[38]!.toFixed(0)} ms`)
}

const began = performance.now()
const recogniser = await createSpeechRecogniser(flags.speech === undefined ? {} : { dir: flags.speech })
console.log(`${recogniser.name}, loaded in ${(performance.now() - began).toFixed(0)} ms`)
const grid = await gridClips()
await measure(recogniser, 'GRID', grid)
await measure(recogniser, 'telephone call', await telephoneCall())
await measure(recogniser, 'IEMOCAP', await iemocapClips())
await measureLatency(recogniser, grid[0]!)
console.log(`resident memory of the process: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`)
await recogniser.dispose()
