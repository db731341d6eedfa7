import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Conversation, Features, Utterance } from '../src/conversation/conversation.ts'
import { readIemocapFeatures } from '../src/datasets/iemocap-features.ts'
import { iemocapChannel } from '../src/encoders/audio/iemocap-channel.ts'
import { iemocapSide } from '../src/encoders/media/iemocap-side.ts'
import { EXPRESSIONS } from '../src/encoders/visual/face-expression.ts'
import { VISUAL_COLUMNS } from '../src/encoders/visual/pooling.ts'
import type { ExtractionJob } from '../src/extraction/job.ts'

/** The public clips and what is known of their utterances. */
export interface ClipData {
  /** Every clip, alone. */
  readonly jobs: readonly ExtractionJob[]
  /** The labelled turns of the dialogues that clips are of, text and published audio. */
  readonly dialogues: readonly Conversation[]
  /** Length of all clips together. */
  readonly seconds: number
  /** Ids of the clips that show the listener. */
  readonly listeners: ReadonlySet<string>
  /** Ids of the clips whose utterance has one of the six labels. */
  readonly labelled: ReadonlySet<string>
}

/**
 * The 65 clips of shared/data, their published audio in `audioColumns`, or undefined where they are not. Each clip shows
 * the left half of its recording, that is the actor of the session's letter: where the other one speaks, the face is the
 * listener's, which is no modality of the utterance.
 */
export async function readClips(shared: string, audioColumns: readonly string[]): Promise<ClipData | undefined> {
  const folder = join(shared, 'data/iemocap_clips')
  const corpus = join(shared, 'data/iemocap')
  if (!existsSync(folder) || !existsSync(corpus)) return undefined
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith('.mp4'))
    .map((name) => name.replace('.mp4', ''))
    .sort()

  const turns = new Map<string, Utterance>()
  for await (const { utterances } of readIemocapFeatures(corpus, { turns: 'all' }))
    for (const utterance of utterances) turns.set(utterance.id, utterance)
  const jobs = ids.map((id): ExtractionJob => {
    const file = join(folder, `${id}.mp4`)
    const { features: _, ...utterance } = turns.get(id)!
    const conversation: Conversation = { id, labelSet: 'iemocap6', utterances: [{ ...utterance, features: {} }] }
    const media = { audio: { file, channel: iemocapChannel(id) }, video: { file } }
    return { id, conversations: [conversation], media: [[media]] }
  })

  const dialogues: Conversation[] = []
  const labelled = new Set<string>()
  for await (const dialogue of readIemocapFeatures(corpus, { audioColumns })) {
    const clips = dialogue.utterances.filter(({ id }) => ids.includes(id))
    for (const { id } of clips) labelled.add(id)
    if (clips.length > 0) dialogues.push(dialogue)
  }
  const lengths = ids.map((id) => turns.get(id)!.endMs - turns.get(id)!.startMs)
  const seconds = lengths.reduce((sum, length) => sum + length, 0) / 1000
  const listeners = new Set(ids.filter((id) => iemocapSide(id) === 'right'))
  return { jobs, dialogues, seconds, labelled, listeners }
}

/** A conversation with other features for some utterances; those that `features` does not name keep their text only. */
export function withFeatures(conversation: Conversation, features: ReadonlyMap<string, Features>): Conversation {
  const utterances = conversation.utterances.map((utterance) => {
    const { text } = utterance.features
    return { ...utterance, features: features.get(utterance.id) ?? (text === undefined ? {} : { text }) }
  })
  return { ...conversation, utterances }
}

/** Of the face model's expressions, those that are classes of IEMOCAP; the others are always wrong. */
const EXPRESSION_LABELS: Readonly<Record<string, readonly string[]>> = {
  face_mean_angry: ['ang'],
  face_mean_happy: ['hap', 'exc'],
  face_mean_sad: ['sad'],
  face_mean_neutral: ['neu'],
}

/** Whether the expression with the highest mean probability over the frames is one for this label. */
export function expressionIsRight(visual: Float32Array, label: string): boolean {
  const names = VISUAL_COLUMNS.slice(0, EXPRESSIONS.length)
  const best = names.reduce((found, name, k) => (visual[k]! > visual[names.indexOf(found)]! ? name : found), names[0]!)
  return EXPRESSION_LABELS[best]?.includes(label) ?? false
}
