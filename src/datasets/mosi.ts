import { join } from 'node:path'
import type { Conversation, Utterance } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { type CsvRow, csvRows } from './csv-rows.ts'
import { nominalTimes } from './nominal-times.ts'
import { requireSize } from './validation.ts'

const SPLITS = ['train', 'test'] as const
type MosiSplit = (typeof SPLITS)[number]

/** Folder and name of each modality's files, and how many numbers an utterance has before its sentiment. */
const FILES = {
  text: { folder: 'text', size: 100 },
  audio: { folder: 'audio', size: 73 },
  visual: { folder: 'video', size: 100 },
} as const satisfies Record<Modality, { folder: string; size: number }>
const MODALITIES = Object.keys(FILES) as Modality[]
const SENTIMENTS = ['negative', 'positive'] as const

export interface MosiOptions {
  /** Default: both. There is no validation split. */
  readonly split?: MosiSplit | undefined
}

interface Transcript {
  readonly video: string
  readonly number: number
  readonly text: string
  readonly sentiment: string
}

interface Spoken {
  readonly number: number
  readonly utterance: Omit<Utterance, 'startMs' | 'endMs'>
}

/**
 * CMU-MOSI (Zadeh et al. 2016): monologues to a camera, label set `sentiment2`, features text 100, audio 73, visual 100.
 * One video is one conversation of one speaker, its utterances in the order of their numbers; times are nominal.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT (a cell that is no number, files that contradict each other),
 *   EMO_FEATURE_SIZE, EMO_LABEL_UNKNOWN
 */
export async function* readMosi(folder: string, options: MosiOptions = {}): AsyncGenerator<Conversation> {
  const transcripts = await readTranscripts(join(folder, 'transcripts.csv'))
  for (const split of SPLITS) {
    if (options.split !== undefined && options.split !== split) continue
    const videos = new Map<string, Spoken[]>()
    for await (const { video, spoken } of readSplit(folder, split, transcripts)) {
      const own = videos.get(video) ?? []
      videos.set(video, own)
      own.push(spoken)
    }
    for (const [video, spoken] of videos) {
      spoken.sort((a, b) => a.number - b.number)
      const utterances = spoken.map(({ utterance }, i) => ({ ...utterance, ...nominalTimes(i) }))
      yield { id: video, labelSet: 'sentiment2', split, utterances }
    }
  }
}

async function readTranscripts(path: string): Promise<Transcript[]> {
  const transcripts: Transcript[] = []
  for await (const { line, cells } of csvRows(path)) {
    const [id = '', text = '', , sentiment = ''] = cells
    const parts = /^(.+)_(\d+)$/.exec(id)
    if (parts === null || cells.length < 4) {
      throw new EmographError('EMO_FILE_FORMAT', {
        file: path,
        line,
        field: 'column 0',
        expected: 'VIDEO_NUMBER, text, length, sentiment',
        got: `${cells.length} cells`,
      })
    }
    transcripts.push({ video: parts[1]!, number: Number(parts[2]), text, sentiment })
  }
  return transcripts
}

/** The four files of a split side by side: line k of each is the same utterance. */
async function* readSplit(
  folder: string,
  split: MosiSplit,
  transcripts: readonly Transcript[],
): AsyncGenerator<{ video: string; spoken: Spoken }> {
  const indexFile = join(folder, `text_${split}.csv`)
  const files = MODALITIES.map((modality) =>
    join(folder, FILES[modality].folder, `${FILES[modality].folder}_${split}0.csv`),
  )
  const sources = files.map((file) => csvRows(file))
  try {
    for await (const { line, cells } of csvRows(indexFile)) {
      const transcript = transcripts[Number(cells[0])]
      if (transcript === undefined) {
        throw new EmographError('EMO_FILE_FORMAT', {
          file: indexFile,
          line,
          field: 'column 0',
          expected: `a line of transcripts.csv, 0 to ${transcripts.length - 1}`,
          got: 'none of them',
        })
      }
      const features: Utterance['features'] = {}
      for (const [k, modality] of MODALITIES.entries()) {
        const file = files[k]!
        const row = (await sources[k]!.next()).value
        if (row === undefined) throw differentLengths(file, indexFile, line)
        features[modality] = featureOf(row, FILES[modality].size, file)
        requireSentiment(row, transcript, file)
      }
      const label = SENTIMENTS[Number(transcript.sentiment)]!
      const { video, number, text } = transcript
      yield {
        video,
        spoken: { number, utterance: { id: `${video}_${number}`, speaker: video, text, label, features } },
      }
    }
    for (const [k, source] of sources.entries()) {
      const rest = await source.next()
      if (rest.done !== true) throw differentLengths(indexFile, files[k]!, rest.value.line)
    }
  } finally {
    for (const source of sources) await source.return(undefined)
  }
}

function featureOf({ cells, line }: CsvRow, size: number, file: string): Float32Array {
  requireSize(size, cells.length - 1, { file, line })
  return Float32Array.from({ length: size }, (_, column) => {
    const value = Number(cells[column])
    if (cells[column]!.trim() !== '' && !Number.isNaN(value)) return value
    if (/^(nan|)$/i.test(cells[column]!.trim())) return Number.NaN
    throw new EmographError('EMO_FILE_FORMAT', {
      file,
      line,
      field: `column ${column}`,
      expected: 'a number',
      got: 'none',
    })
  })
}

/** The sentiment stands in every file; where two differ, lines have been mixed up. */
function requireSentiment({ cells, line }: CsvRow, transcript: Transcript, file: string): void {
  const place = { file, line, field: `column ${cells.length - 1}` }
  const got = Number(cells.at(-1))
  if (SENTIMENTS[got] === undefined) {
    throw new EmographError('EMO_LABEL_UNKNOWN', { ...place, expected: 'sentiment 0 or 1', got: 'neither' })
  }
  if (got === Number(transcript.sentiment)) return
  throw new EmographError('EMO_FILE_FORMAT', {
    ...place,
    expected: `sentiment ${transcript.sentiment} as in transcripts.csv`,
    got: `${got}: the lines of these files do not belong together`,
  })
}

const differentLengths = (short: string, long: string, line: number): EmographError =>
  new EmographError('EMO_FILE_FORMAT', {
    file: short,
    expected: `a line for line ${line} of ${long}`,
    got: 'the end of the file',
  })
