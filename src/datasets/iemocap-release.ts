import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Conversation, SPLITS, type Split, type Utterance } from '../conversation/conversation.ts'
import { labelIndex } from '../conversation/label-sets.ts'
import { EmographError } from '../errors.ts'
import { packagePath } from '../package.ts'
import { type RatedTurn, readIemocapEvaluation } from './iemocap-evaluation.ts'
import type { OnIemocapIrregularity } from './iemocap-irregularities.ts'
import { readIemocapTranscription, type TranscribedTurn } from './iemocap-transcription.ts'
import { parseIemocapTurnId } from './iemocap-turn-id.ts'

export interface IemocapReleaseOptions {
  /** `iemocap4` has label null for excited and frustrated turns. Default `iemocap6`. */
  readonly labelSet?: 'iemocap6' | 'iemocap4' | undefined
  readonly split?: Split | undefined
  /**
   * `all` (default): every rated turn, label null outside the set, so that nobody's words are missing from the
   * conversation. `labelled`: only those of the set, as the published tables count them.
   */
  readonly turns?: 'all' | 'labelled' | undefined
  readonly onIrregular?: OnIemocapIrregularity | undefined
}

/** A dialogue of the release and where its text lies. */
export interface IemocapDialogue {
  readonly id: string
  /** The folder `SessionN`. */
  readonly session: string
  readonly split: Split | undefined
}

/**
 * The dialogues under `SessionN/dialog/EmoEvaluation`, by session and name, with the split of data/iemocap/split.json.
 * Files of other names (the folders of single annotators, `._…` of macOS) are not looked at.
 *
 * @throws EMO_FILE_MISSING when there is no session, or one without its EmoEvaluation folder.
 */
export async function listIemocapDialogues(folder: string): Promise<IemocapDialogue[]> {
  const splits = await officialSplits()
  const sessions = (await namesIn(folder)).filter((name) => /^Session\d$/.test(name)).sort()
  if (sessions.length === 0) {
    const expected = 'the release: Session1 to Session5'
    throw new EmographError('EMO_FILE_MISSING', { file: folder, expected, got: 'none of them' })
  }
  const dialogues: IemocapDialogue[] = []
  for (const name of sessions) {
    const session = join(folder, name)
    for (const file of (await namesIn(join(session, 'dialog/EmoEvaluation'))).sort()) {
      const id = file.replace(/\.txt$/, '')
      if (id === file || parseIemocapTurnId(`${id}_F000`) === undefined) continue
      dialogues.push({ id, session, split: splits.get(id) })
    }
  }
  return dialogues
}

/**
 * IEMOCAP (Busso et al. 2008) as it is licensed, without features: who said what when in each dialogue, and the majority
 * label. Turns stand in the order in which they began; their times are those of the rating.
 *
 * `folder` holds `SessionN/dialog/{transcriptions,EmoEvaluation}`. Lines that the grammar does not foresee are told to
 * `onIrregular` and explained by iemocap-irregularities.ts.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT, EMO_TIME_ORDER, EMO_LABEL_UNKNOWN, each with file, line and field.
 *
 * @example
 * for await (const { id, utterances } of readIemocapRelease('IEMOCAP_full_release')) console.log(id, utterances.length)
 */
export async function* readIemocapRelease(
  folder: string,
  options: IemocapReleaseOptions = {},
): AsyncGenerator<Conversation> {
  for (const dialogue of await listIemocapDialogues(folder)) {
    if (options.split !== undefined && dialogue.split !== options.split) continue
    const conversation = await readIemocapDialogue(dialogue, options)
    if (conversation.utterances.length > 0) yield conversation
  }
}

/** One dialogue of the release; see {@link readIemocapRelease}. */
export async function readIemocapDialogue(
  { id, session, split }: IemocapDialogue,
  options: Omit<IemocapReleaseOptions, 'split'> = {},
): Promise<Conversation> {
  const { labelSet = 'iemocap6', turns = 'all', onIrregular } = options
  const evaluation = join(session, 'dialog/EmoEvaluation', `${id}.txt`)
  const transcription = join(session, 'dialog/transcriptions', `${id}.txt`)
  const rated = await readIemocapEvaluation(evaluation, id, onIrregular)
  const transcribed = await readIemocapTranscription(transcription, id, onIrregular)
  compare(rated, transcribed, { evaluation, transcription }, onIrregular)

  const utterances = [...rated.values()]
    .map((turn): Utterance => {
      const text = transcribed.get(turn.id)?.text
      return {
        id: turn.id,
        speaker: parseIemocapTurnId(turn.id)!.speaker,
        startMs: turn.startMs,
        endMs: turn.endMs,
        ...(text !== undefined && { text }),
        label: labelIndex(labelSet, turn.category) < 0 ? null : turn.category,
        features: {},
      }
    })
    .filter(({ label }) => turns === 'all' || label !== null)
    .sort((a, b) => a.startMs - b.startMs)
  return { id, labelSet, ...(split !== undefined && { split }), utterances }
}

/** Rounding differs between the two files by up to a tenth of a millisecond. */
const SAME_MS = 1

function compare(
  rated: ReadonlyMap<string, RatedTurn>,
  transcribed: ReadonlyMap<string, TranscribedTurn>,
  files: { readonly evaluation: string; readonly transcription: string },
  onIrregular: OnIemocapIrregularity | undefined,
): void {
  const file = files.transcription
  for (const { id, time, line } of transcribed.values()) {
    const turn = rated.get(id)
    if (turn === undefined) onIrregular?.({ kind: 'not-rated', file, line })
    else if (time && (Math.abs(time[0] - turn.startMs) > SAME_MS || Math.abs(time[1] - turn.endMs) > SAME_MS))
      onIrregular?.({ kind: 'time-differs', file, line })
  }
  for (const { id, line } of rated.values()) {
    if (!transcribed.has(id)) onIrregular?.({ kind: 'not-transcribed', file: files.evaluation, line })
  }
}

const splitFileSchema = z.object({ train: z.array(z.string()), val: z.array(z.string()), test: z.array(z.string()) })

/** The split of each of the 151 dialogues: Sessions 1-4 in train and val, Session 5 test. */
async function officialSplits(): Promise<Map<string, Split>> {
  const ids = splitFileSchema.parse(JSON.parse(await readFile(packagePath('data/iemocap/split.json'), 'utf8')))
  return new Map(SPLITS.flatMap((split) => ids[split].map((id) => [id, split] as const)))
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file: folder, expected: 'a folder', got: 'none', cause })
  })
}
