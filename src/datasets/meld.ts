import { basename } from 'node:path'
import type { Conversation, Split, Utterance } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { csvRows } from './csv-rows.ts'
import { requireLabel, requireTimeOrder } from './validation.ts'

const COLUMNS = ['Utterance', 'Speaker', 'Emotion', 'Dialogue_ID', 'Utterance_ID', 'StartTime', 'EndTime'] as const
type Column = (typeof COLUMNS)[number]

/**
 * A line that is readable and yet not as one would expect. `time-order`: begins before the utterance above it.
 * `short-milliseconds`: a time such as `00:06:47,28`, taken as 28 ms, its leading zero lost.
 */
export interface MeldIrregularity {
  readonly kind: 'time-order' | 'short-milliseconds'
  readonly file: string
  readonly line: number
}

export interface MeldOptions {
  /** Default: from the file's name, `train_…`, `dev_…` (val) or `test_…`. */
  readonly split?: Split | undefined
  readonly onIrregular?: ((irregularity: MeldIrregularity) => void) | undefined
}

/**
 * The dialogues of one of MELD's csv files (Poria et al. 2019), label set `meld7`, text and no features. Times in the
 * episode become milliseconds from the dialogue's earliest start; utterances keep MELD's numbering.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT (columns, a time, a number), EMO_LABEL_UNKNOWN, EMO_TIME_ORDER
 */
export async function* readMeld(path: string, options: MeldOptions = {}): AsyncGenerator<Conversation> {
  const split = options.split ?? splitOf(path)
  const rows = csvRows(path)
  const header = (await rows.next()).value?.cells ?? []
  const column = columnsOf(header, path)
  let dialogue = ''
  let utterances: Utterance[] = []
  const ids = new Set<string>()

  for await (const { line, cells } of rows) {
    const cell = (name: Column): string => cells[column[name]]!
    const place = (field: Column) => ({ file: path, line, field })
    const number = (name: Column): string => {
      if (/^\d+$/.test(cell(name))) return String(Number(cell(name)))
      throw new EmographError('EMO_FILE_FORMAT', { ...place(name), expected: 'a whole number', got: 'something else' })
    }
    const id = `${split}_dia${number('Dialogue_ID')}`
    if (id !== dialogue) {
      if (utterances.length > 0) yield conversationOf(dialogue, split, utterances)
      dialogue = id
      utterances = []
      requireNew(ids, id, place('Dialogue_ID'))
    }
    const utterance = {
      id: `${id}_utt${number('Utterance_ID')}`,
      speaker: cell('Speaker').trim() || 'unknown',
      startMs: episodeMs(cell('StartTime'), place('StartTime')),
      endMs: episodeMs(cell('EndTime'), place('EndTime')),
      text: cell('Utterance'),
      label: requireLabel('meld7', cell('Emotion'), place('Emotion')),
      features: {},
    }
    requireNew(ids, utterance.id, place('Utterance_ID'))
    requireTimeOrder(utterance.startMs, utterance.endMs, place('EndTime'))
    const irregular = (kind: MeldIrregularity['kind']) => options.onIrregular?.({ kind, file: path, line })
    if (utterance.startMs < (utterances.at(-1)?.startMs ?? 0)) irregular('time-order')
    if ([cell('StartTime'), cell('EndTime')].some((time) => !/,\d{3}$/.test(time.trim())))
      irregular('short-milliseconds')
    utterances.push(utterance)
  }
  if (utterances.length > 0) yield conversationOf(dialogue, split, utterances)
}

function conversationOf(id: string, split: Split, utterances: readonly Utterance[]): Conversation {
  const zero = Math.min(...utterances.map((utterance) => utterance.startMs))
  return {
    id,
    labelSet: 'meld7',
    split,
    utterances: utterances.map((u) => ({ ...u, startMs: u.startMs - zero, endMs: u.endMs - zero })),
  }
}

function splitOf(path: string): Split {
  const name = /^(train|dev|val|test)_/.exec(basename(path))?.[1]
  if (name === undefined) {
    throw new EmographError('EMO_FILE_FORMAT', {
      file: path,
      field: 'split',
      expected: 'a name that begins with train_, dev_ or test_, or the option `split`',
      got: 'another',
    })
  }
  return name === 'dev' ? 'val' : (name as Split)
}

function columnsOf(header: readonly string[], file: string): Record<Column, number> {
  const indices = COLUMNS.map((name) => [name, header.indexOf(name)] as const)
  const missing = indices.filter(([, index]) => index < 0).map(([name]) => name)
  if (missing.length > 0) {
    throw new EmographError('EMO_FILE_FORMAT', {
      file,
      line: 1,
      field: missing.join(', '),
      expected: `the columns ${COLUMNS.join(', ')}`,
      got: `${header.length} columns without ${missing.join(', ')}`,
    })
  }
  return Object.fromEntries(indices) as Record<Column, number>
}

/** `00:16:16,059`, also with one digit of hours, in ms. */
function episodeMs(text: string, place: { file: string; line: number; field: string }): number {
  const parts = /^(\d{1,2}):(\d{2}):(\d{2}),(\d{1,3})$/.exec(text.trim())
  if (parts === null) {
    throw new EmographError('EMO_FILE_FORMAT', {
      ...place,
      expected: 'a time such as 00:16:16,059',
      got: 'something else',
    })
  }
  const [hours, minutes, seconds, ms] = parts.slice(1).map(Number) as [number, number, number, number]
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
}

function requireNew(seen: Set<string>, id: string, place: { file: string; line: number; field: string }): void {
  if (seen.has(id)) {
    throw new EmographError('EMO_FILE_FORMAT', {
      ...place,
      expected: 'each dialogue in one piece, each number once',
      got: id,
    })
  }
  seen.add(id)
}
