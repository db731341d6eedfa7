import { existsSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import type { Conversation, Split } from '../conversation/conversation.ts'
import type { LabelSetName } from '../conversation/label-sets.ts'
import { MODALITIES, type Modality, type PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { withColumns } from './arrange-columns.ts'
import { readFeatureDescriptions } from './feature-descriptions.ts'
import { readFeaturePickle } from './feature-pickle.ts'
import { type IemocapFeaturesOptions, readIemocapFeatures } from './iemocap-features.ts'
import { readJsonl } from './jsonl.ts'
import { readMeld } from './meld.ts'
import { readMosi } from './mosi.ts'
import { textLines } from './text-lines.ts'
import { readWebVtt } from './webvtt.ts'

export interface ReadConversationsOptions {
  readonly split?: Split | undefined
  /**
   * Of JSONL files that name none; `iemocap4` on IEMOCAP's features takes the four-way subset. A data set that has one
   * label set of its own refuses another.
   */
  readonly labelSet?: LabelSetName | undefined
  /** Of IEMOCAP's features, and of extracted ones whose `extraction.json` names their columns. */
  readonly audioColumns?: IemocapFeaturesOptions['audioColumns']
  /** Of extracted ones whose `extraction.json` names their columns. */
  readonly visualColumns?: readonly string[] | undefined
  /** Sizes that a model takes: a JSONL file with others is refused at the line that has one. */
  readonly featureSizes?: PerModality<number> | undefined
}

type Format = 'jsonl' | 'webvtt' | 'iemocap' | 'meld' | 'mosi' | 'pickle'

/**
 * Conversations of any format of docs/formats.md, recognised by the path: `.jsonl`, `.vtt`, `.csv`, `.pkl`, or a
 * data set's folder.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT when it is none of them, and what the format's reader throws.
 *
 * @example
 * for await (const conversation of readConversations(path, { split: 'test' })) …
 */
export async function* readConversations(
  path: string,
  options: ReadConversationsOptions = {},
): AsyncGenerator<Conversation> {
  const { split, labelSet } = options
  const format = await formatOf(path)
  requireLabelSet(format, labelSet, path)
  switch (format) {
    case 'jsonl': {
      const { audioColumns, visualColumns } = options
      const featureSizes = { ...options.featureSizes }
      for (const [modality, { columns }] of Object.entries(await readFeatureDescriptions(path, MODALITIES)))
        if (columns !== undefined) featureSizes[modality as Modality] = columns.length
      const conversations = readJsonl(path, { split, labelSet, featureSizes })
      const audio = typeof audioColumns === 'object' ? { audio: audioColumns } : {}
      return yield* withColumns(conversations, path, { ...audio, ...(visualColumns && { visual: visualColumns }) })
    }
    case 'iemocap':
      return yield* readIemocapFeatures(path, {
        split,
        labelSet: labelSet === 'iemocap4' ? 'iemocap4' : 'iemocap6',
        audioColumns: options.audioColumns,
      })
    case 'meld':
      return yield* readMeldFiles(path, split)
    case 'mosi':
      if (split !== 'val') yield* readMosi(path, { split })
      return
    case 'pickle':
      return yield* readFeaturePickle(path, { split })
    case 'webvtt':
      if (split === undefined) yield await readWebVtt(path)
  }
}

async function formatOf(path: string): Promise<Format> {
  if (existsSync(join(path, 'iemocap6_dialogues.jsonl'))) return 'iemocap'
  if (existsSync(join(path, 'train_sent_emo.csv'))) return 'meld'
  if (existsSync(join(path, 'transcripts.csv'))) return 'mosi'
  switch (extname(path).toLowerCase()) {
    case '.jsonl':
      return (await isIemocap(path)) ? 'iemocap' : 'jsonl'
    case '.vtt':
      return 'webvtt'
    case '.csv':
      return 'meld'
    case '.pkl':
    case '.pickle':
      return 'pickle'
  }
  if (!existsSync(path))
    throw new EmographError('EMO_FILE_MISSING', { file: path, expected: 'a data set', got: 'nothing' })
  throw new EmographError('EMO_FILE_FORMAT', {
    file: path,
    expected: '.jsonl, .vtt, .csv, .pkl, or a folder of IEMOCAP features, MELD or CMU-MOSI',
    got: extname(path) || `the folder ${basename(path)}`,
  })
}

/** True for a folder or a dialogues file of IEMOCAP's features. */
export async function isIemocapFeatures(path: string): Promise<boolean> {
  return (await formatOf(path)) === 'iemocap'
}

/** The dialogues file of IEMOCAP's features is JSONL too, with `dialogue` where our format has `id`. */
async function isIemocap(path: string): Promise<boolean> {
  for await (const { text } of textLines(path)) if (text.trim() !== '') return /^\s*\{\s*"dialogue"\s*:/.test(text)
  return false
}

async function* readMeldFiles(path: string, wanted: Split | undefined): AsyncGenerator<Conversation> {
  if (extname(path) !== '') {
    for await (const conversation of readMeld(path))
      if (wanted === undefined || conversation.split === wanted) yield conversation
    return
  }
  for (const [name, split] of [
    ['train', 'train'],
    ['dev', 'val'],
    ['test', 'test'],
  ] as const) {
    if (wanted === undefined || wanted === split) yield* readMeld(join(path, `${name}_sent_emo.csv`), { split })
  }
}

const OWN_LABEL_SETS: Readonly<Record<Exclude<Format, 'jsonl' | 'webvtt'>, readonly LabelSetName[]>> = {
  iemocap: ['iemocap6', 'iemocap4'],
  meld: ['meld7'],
  mosi: ['sentiment2'],
  pickle: ['iemocap6', 'meld7'],
}

function requireLabelSet(format: Format, labelSet: LabelSetName | undefined, file: string): void {
  if (labelSet === undefined || format === 'jsonl' || format === 'webvtt') return
  const own = OWN_LABEL_SETS[format]
  if (own.includes(labelSet)) return
  throw new EmographError('EMO_LABEL_UNKNOWN', {
    file,
    expected: `a label set of this data: ${own.join(', ')}`,
    got: labelSet,
  })
}
