import { createReadStream } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { type Conversation, splitSchema, timeMsSchema, type Utterance } from '../conversation/conversation.ts'
import type { LabelSetName } from '../conversation/label-sets.ts'
import { nominalTimes } from '../datasets/nominal-times.ts'
import { parseWith, requireLabel, requireTimeOrder } from '../datasets/validation.ts'
import { EmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'
import { groupBy } from './group-by.ts'
import type { ExtractionSource, UtteranceMedia } from './job.ts'

export const CLIP_LIST = 'clips.tsv'

const VIDEO_EXTENSIONS: readonly string[] = ['.mp4', '.m4v', '.avi', '.webm', '.mkv', '.mov', '.mpg', '.mpeg']
const AUDIO_EXTENSIONS: readonly string[] = ['.wav', '.flac', '.mp3', '.m4a', '.ogg', '.opus', '.aac']

const cell = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema)

/** A line of the list. Empty cells are as if the column were not there. */
const clipSchema = z.strictObject({
  /** Relative to the folder. */
  file: z.string().min(1),
  /** Clips of one conversation stand together, in the order of the list. Default: each clip by itself. */
  conversation: cell(z.string().optional()),
  id: cell(z.string().optional()),
  speaker: cell(z.string().default('speaker')),
  text: cell(z.string().optional()),
  label: cell(z.string().nullable().default(null)),
  split: cell(splitSchema.optional()),
  start_ms: cell(z.coerce.number().pipe(timeMsSchema).optional()),
  end_ms: cell(z.coerce.number().pipe(timeMsSchema).optional()),
  /** The channel of the speaker's microphone, from 0; default: the mean of all. */
  channel: cell(z.coerce.number().int().nonnegative().optional()),
  /** The half of the picture that shows the speaker; `none`: the pictures do not show the speaker. */
  side: cell(z.enum(['left', 'right', 'none']).optional()),
})
type Clip = z.infer<typeof clipSchema> & { readonly line: number }

export interface ClipsOptions {
  /** The list; default `clips.tsv` in the folder. */
  readonly list?: string | undefined
  /** The label set of the list's labels. Default `iemocap6`. */
  readonly labelSet?: LabelSetName | undefined
}

/**
 * A folder of loose clips, an utterance each, by a tab-separated list with a header: `file`, and any of `conversation`,
 * `id`, `speaker`, `text`, `label`, `split`, `start_ms`, `end_ms`, `channel`, `side`. Clips that the list does not name
 * are counted and left out. A conversation is a job.
 *
 * @throws EMO_FILE_MISSING (the list, or a clip that it names), EMO_FILE_FORMAT, EMO_LABEL_UNKNOWN, EMO_TIME_ORDER
 */
export async function clipsSource(folder: string, options: ClipsOptions = {}): Promise<ExtractionSource> {
  const { list = join(folder, CLIP_LIST), labelSet = 'iemocap6' } = options
  const clips = await readList(list)
  requireNew(clips, list)
  const jobs = groupBy(clips, ({ conversation, file }) => conversation ?? file).map((group) => {
    const { conversation: name, split, file } = group[0]!
    const id = name ?? withoutExtension(file)
    const utterances = group.map((clip, i): Utterance => {
      const place = { file: list, line: clip.line }
      const { startMs, endMs } = nominalTimes(i)
      const times = { startMs: clip.start_ms ?? startMs, endMs: clip.end_ms ?? Math.max(endMs, clip.start_ms ?? 0) }
      requireTimeOrder(times.startMs, times.endMs, { ...place, field: 'end_ms' })
      return {
        id: clip.id ?? withoutExtension(clip.file),
        speaker: clip.speaker,
        ...times,
        ...(clip.text !== undefined && { text: clip.text }),
        label: requireLabel(labelSet, clip.label, { ...place, field: 'label' }),
        features: {},
      }
    })
    const conversation: Conversation = { id, labelSet, ...(split !== undefined && { split }), utterances }
    return { id, conversations: [conversation], media: [group.map((clip) => mediaOf(folder, clip))] }
  })
  for (const { file, line } of clips) {
    await access(join(folder, file)).catch((cause: unknown) => {
      const expected = `the clip that line ${line} of the list names`
      throw new EmographError('EMO_FILE_MISSING', { file: join(folder, file), expected, got: 'nothing', cause })
    })
  }
  return { jobs, remarks: await unlisted(folder, clips) }
}

async function readList(list: string): Promise<Clip[]> {
  await requireFile(list)
  const clips: Clip[] = []
  const options = {
    bom: true,
    columns: true,
    delimiter: '\t',
    quote: null,
    info: true,
    skip_empty_lines: true,
  } as const
  try {
    const rows = createReadStream(list).pipe(parse(options))
    for await (const { info, record } of rows as AsyncIterable<{ info: { lines: number }; record: unknown }>) {
      const place = { file: list, line: info.lines }
      clips.push({ ...parseWith(clipSchema, record, place, 'EMO_FILE_FORMAT'), line: info.lines })
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // Its own message would quote the row.
    const expected = 'as many tab-separated cells as the header has'
    throw new EmographError('EMO_FILE_FORMAT', { file: list, line: Number(error.lines), expected, got: 'others' })
  }
  return clips
}

/** Ids are unique: of conversations in the list, of utterances in their conversation. */
function requireNew(clips: readonly Clip[], list: string): void {
  const seen = new Set<string>()
  for (const { conversation, id, file, line } of clips) {
    const name = JSON.stringify([
      conversation ?? withoutExtension(file),
      conversation && (id ?? withoutExtension(file)),
    ])
    if (seen.has(name)) {
      const expected = 'an id of its own (two files of one name need the column `id` or `conversation`)'
      throw new EmographError('EMO_FILE_FORMAT', { file: list, line, field: 'id', expected, got: 'one seen before' })
    }
    seen.add(name)
  }
}

function mediaOf(folder: string, { file: name, channel, side }: Clip): UtteranceMedia {
  const file = join(folder, name)
  const seen = VIDEO_EXTENSIONS.includes(extname(name).toLowerCase()) && side !== 'none'
  return {
    audio: { file, channel: channel ?? 'mix' },
    ...(seen && { video: { file, ...(side !== undefined && { side }) } }),
  }
}

async function unlisted(folder: string, clips: readonly Clip[]): Promise<string[]> {
  const named = new Set(clips.map(({ file }) => file))
  const known = [...VIDEO_EXTENSIONS, ...AUDIO_EXTENSIONS]
  const others = (await readdir(folder)).filter(
    (name) => known.includes(extname(name).toLowerCase()) && !name.startsWith('.') && !named.has(name),
  )
  return others.length === 0 ? [] : [`${others.length} clips of the folder are not in the list and were left out`]
}

const withoutExtension = (file: string): string => file.replace(/\.\w+$/, '')
