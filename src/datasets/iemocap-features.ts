import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Conversation, type Split, splitSchema, type Utterance } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'
import { openFloat32File } from './float32-file.ts'
import { parseJsonLine, textLines } from './text-lines.ts'
import { parseWith, requireLabel, requireTimeOrder } from './validation.ts'

const LABELLED = 'iemocap6_dialogues.jsonl'
const ALL_TURNS = 'iemocap_all10039_dialogues.jsonl'
const AUDIO = 'audio66_all10039.f32'
const COLUMNS = 'audio66_columns.json'

/** A dialogue as the feature folder has it: times in seconds, other fields (ratings, majority vote) left alone. */
const dialogueSchema = z.object({
  dialogue: z.string().min(1),
  split: splitSchema,
  utterances: z.array(
    z.object({
      id: z.string().min(1),
      row: z.int().nonnegative(),
      speaker: z.string().min(1),
      start: z.number().nonnegative(),
      end: z.number().nonnegative(),
      text: z.string(),
      label: z.string().nullable(),
    }),
  ),
})
const columnsSchema = z.object({ columns: z.array(z.string()), rows_all: z.array(z.string()) })

export interface IemocapFeaturesOptions {
  /** `iemocap4` leaves out the utterances labelled exc and fru, as every published four-way table does. */
  readonly labelSet?: 'iemocap6' | 'iemocap4' | undefined
  readonly split?: Split | undefined
  /** `labelled` (default): the 7,433 utterances of the six classes. `all`: all 10,039 turns, label null outside the set. */
  readonly turns?: 'labelled' | 'all' | undefined
  /**
   * Which audio columns, by name in any order; `all` 66 (default), or `gemaps`: the first 47, eGeMAPS functionals, which an
   * analyser can compute from sound alone (the last 8 come from people's transcription of disfluencies).
   */
  readonly audioColumns?: 'all' | 'gemaps' | readonly string[] | undefined
}

/**
 * IEMOCAP with text and 66 audio features an utterance (docs/formats.md). `folder` is the feature folder, or the
 * dialogues file in it. Values that are not available stay NaN: normalisation imputes and counts them.
 *
 * Utterances keep the file's order: of the labelled ones the published order of turns, which where turns overlap is not
 * the order in which they began; of all turns the order of their starts.
 * An utterance's `row` is its row in the audio of *all* turns, not of the labelled ones; the reader holds each row's
 * name against the utterance's id, so audio can never come from another utterance unnoticed.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT, EMO_LABEL_UNKNOWN, EMO_TIME_ORDER, EMO_FEATURE_SIZE,
 *   EMO_FEATURE_MISSING (an audio column that there is not)
 */
export async function* readIemocapFeatures(
  folder: string,
  options: IemocapFeaturesOptions = {},
): AsyncGenerator<Conversation> {
  const given = await stat(folder).catch(() => undefined)
  const home = given?.isFile() ? dirname(folder) : folder
  const dialogues = given?.isFile() ? folder : join(home, options.turns === 'all' ? ALL_TURNS : LABELLED)
  const labelSet = options.labelSet ?? 'iemocap6'
  const { columns, rows_all: names } = await readColumns(join(home, COLUMNS))
  const wanted = columnIndices(columns, options.audioColumns ?? 'all', join(home, COLUMNS))
  const audio = await openFloat32File(join(home, AUDIO), columns.length)
  try {
    for await (const line of textLines(dialogues)) {
      const place = { file: dialogues, line: line.number }
      const dialogue = parseWith(dialogueSchema, parseJsonLine(line, dialogues), place, 'EMO_FILE_FORMAT')
      if (options.split !== undefined && dialogue.split !== options.split) continue
      const utterances: Utterance[] = []
      for (const [i, raw] of dialogue.utterances.entries()) {
        const at = (field: string) => ({ ...place, field: `utterances[${i}].${field}` })
        const label = labelOf(requireLabel('iemocap6', raw.label, at('label')), labelSet)
        if (label === null && options.turns !== 'all') continue
        requireTimeOrder(toMs(raw.start), toMs(raw.end), at('end'))
        if (names[raw.row] !== raw.id) {
          throw new EmographError('EMO_FILE_FORMAT', {
            ...at('row'),
            expected: `the row that ${COLUMNS} names ${raw.id}`,
            got: `row ${raw.row}, named ${names[raw.row] ?? 'not at all'}`,
          })
        }
        const row = await audio.readRow(raw.row, at('row'))
        utterances.push({
          id: raw.id,
          speaker: raw.speaker,
          startMs: toMs(raw.start),
          endMs: toMs(raw.end),
          text: raw.text,
          label,
          features: { audio: Float32Array.from(wanted, (column) => row[column]!) },
        })
      }
      // A dialogue of which only excited and frustrated turns are labelled has nothing left in the four-way set.
      if (utterances.length > 0) yield { id: dialogue.dialogue, labelSet, split: dialogue.split, utterances }
    }
  } finally {
    await audio.close()
  }
}

/** The names of the audio columns that `choice` takes, in the order of the vectors: what a checkpoint records. */
export async function iemocapAudioColumns(
  folder: string,
  choice: NonNullable<IemocapFeaturesOptions['audioColumns']> = 'all',
): Promise<string[]> {
  const file = join(folder, COLUMNS)
  const { columns } = await readColumns(file)
  return columnIndices(columns, choice, file).map((column) => columns[column]!)
}

const toMs = (seconds: number): number => Math.round(seconds * 1000)

const labelOf = (label: string | null, set: 'iemocap6' | 'iemocap4'): string | null =>
  set === 'iemocap4' && (label === 'exc' || label === 'fru') ? null : label

async function readColumns(file: string): Promise<z.infer<typeof columnsSchema>> {
  await requireFile(file)
  const line = { number: 1, text: await readFile(file, 'utf8') }
  return parseWith(columnsSchema, parseJsonLine(line, file), { file }, 'EMO_FILE_FORMAT')
}

function columnIndices(
  columns: readonly string[],
  choice: 'all' | 'gemaps' | readonly string[],
  file: string,
): number[] {
  const names =
    choice === 'all' ? columns : choice === 'gemaps' ? columns.filter((name) => name.startsWith('gemaps_')) : choice
  return names.map((name) => {
    const index = columns.indexOf(name)
    if (index >= 0) return index
    throw new EmographError('EMO_FEATURE_MISSING', {
      file,
      field: 'columns',
      expected: `a column ${name}`,
      got: 'none',
    })
  })
}
