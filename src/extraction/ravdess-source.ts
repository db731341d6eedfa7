import { extname } from 'node:path'
import type { Conversation, Split } from '../conversation/conversation.ts'
import { nominalTimes } from '../datasets/nominal-times.ts'
import { parseRavdessName, type RavdessEmotion, readRavdess } from '../datasets/ravdess.ts'
import { groupBy } from './group-by.ts'
import type { ExtractionJob, ExtractionSource, UtteranceMedia } from './job.ts'

/** RAVDESS's emotions among MELD's seven, which are Ekman's six and neutral; `calm` has no like. */
const LABELS: Readonly<Record<RavdessEmotion, string | null>> = {
  neutral: 'neutral',
  calm: null,
  happy: 'joy',
  sad: 'sadness',
  angry: 'anger',
  fearful: 'fear',
  disgust: 'disgust',
  surprised: 'surprise',
}

/** The two sentences of the corpus, by the fifth number of a name. */
const STATEMENTS = ['Kids are talking by the door.', 'Dogs are sitting by the door.'] as const

/** Actors 11 and 12 are those that nobody trains on; 9 and 10 choose the epoch. */
function splitOf(actor: number): Split {
  if (actor === 11 || actor === 12) return 'test'
  return actor === 9 || actor === 10 ? 'val' : 'train'
}

/**
 * RAVDESS (Livingstone and Russo 2018) as jobs, an actor each; every recording is a conversation of one utterance, since
 * they were spoken without one another. Label set `meld7`. Times are nominal: the length is the file's.
 *
 * @throws EMO_FILE_MISSING; EMO_DATA_EMPTY when no file bears such a name
 */
export async function ravdessSource(folder: string): Promise<ExtractionSource> {
  const { items } = await readRavdess(folder)
  const jobs = groupBy(items, ({ person }) => person!).map((ofActor): ExtractionJob => {
    const conversations: Conversation[] = []
    const media: UtteranceMedia[][] = []
    for (const { id, file } of ofActor) {
      const { emotion, statement, actor } = parseRavdessName(id)!
      const name = id.replace(/\.\w+$/, '')
      const utterance = {
        ...{ id: name, speaker: `actor ${actor}`, text: STATEMENTS[statement - 1]! },
        ...{ ...nominalTimes(0), label: LABELS[emotion], features: {} },
      }
      conversations.push({ id: name, labelSet: 'meld7', split: splitOf(actor), utterances: [utterance] })
      media.push([mediaOf(file!)])
    }
    return { id: `actor-${ofActor[0]!.person}`, conversations, media }
  })
  return { jobs, remarks: [] }
}

/** The first number of a name: 01 sound and pictures, 02 pictures only, 03 sound only. */
function mediaOf(file: string): UtteranceMedia {
  const pictures = extname(file).toLowerCase() === '.mp4'
  const sound = !/(^|[\\/])02-[^\\/]*$/.test(file)
  return { ...(sound && { audio: { file, channel: 'mix' } }), ...(pictures && { video: { file } }) }
}
