import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EmographError } from '../errors.ts'
import { AUDIO_EXTENSIONS, filesBelow } from './labelled-folder.ts'
import type { LabelledMedia, LabelledSet } from './labelled-media.ts'

/** The eight emotions of RAVDESS, in the order of the numbers 01 to 08 (Livingstone and Russo 2018). */
export const RAVDESS_EMOTIONS = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'] as const
export type RavdessEmotion = (typeof RAVDESS_EMOTIONS)[number]

export interface RavdessName {
  readonly emotion: RavdessEmotion
  readonly intensity: 'normal' | 'strong'
  readonly statement: number
  readonly repetition: number
  /** 1 to 24; odd numbers are men, even ones women. */
  readonly actor: number
}

/**
 * What the name of a RAVDESS file says: modality (01 to 03), channel (01 speech, 02 song), emotion, intensity,
 * statement, repetition, actor, two digits each. Undefined for any other name.
 */
export function parseRavdessName(file: string): RavdessName | undefined {
  const match = /^0[1-3]-0[12]-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)\.\w+$/.exec(basename(file))
  if (match === null) return undefined
  const [emotion, intensity, statement, repetition, actor] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (actor < 1 || actor > 24) return undefined
  return {
    emotion: RAVDESS_EMOTIONS[emotion - 1]!,
    intensity: intensity === 2 ? 'strong' : 'normal',
    statement,
    repetition,
    actor,
  }
}

/**
 * The recordings of RAVDESS in a folder and those below it (the release has one an actor), the actor as the person.
 *
 * @throws EMO_FILE_MISSING; EMO_DATA_EMPTY when no file bears such a name
 */
export async function readRavdess(dir: string): Promise<LabelledSet> {
  const items = (await filesBelow(dir, AUDIO_EXTENSIONS)).flatMap((id): LabelledMedia[] => {
    const name = parseRavdessName(id)
    if (name === undefined) return []
    const file = join(dir, id)
    const person = String(name.actor).padStart(2, '0')
    return [{ id, label: name.emotion, person, file, read: () => readFile(file) }]
  })
  if (items.length === 0) {
    throw new EmographError('EMO_DATA_EMPTY', {
      file: dir,
      expected: 'files named as RAVDESS names them',
      got: 'none',
      fix: 'Give a folder with names such as 03-01-05-01-02-01-12.wav, itself or in folders below it.',
    })
  }
  return { labels: RAVDESS_EMOTIONS, items }
}
