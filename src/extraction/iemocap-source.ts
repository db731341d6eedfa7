import { access, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Split, Utterance } from '../conversation/conversation.ts'
import type { IemocapIrregularity } from '../datasets/iemocap-irregularities.ts'
import { explainIemocapIrregularities } from '../datasets/iemocap-irregularities.ts'
import {
  type IemocapDialogue,
  type IemocapReleaseOptions,
  listIemocapDialogues,
  readIemocapDialogue,
} from '../datasets/iemocap-release.ts'
import { iemocapChannel } from '../encoders/audio/iemocap-channel.ts'
import { iemocapSide } from '../encoders/media/iemocap-side.ts'
import type { ExtractionJob, ExtractionSource, UtteranceMedia } from './job.ts'

/**
 * The licensed release as jobs, a dialogue each. An utterance is heard in `sentences/wav/DIALOGUE/TURN.wav`, or between
 * its times in `dialog/wav/DIALOGUE.wav` on the speaker's own channel; it is seen between its times in
 * `dialog/avi/DivX/DIALOGUE.avi`, on the speaker's side. What is not there is a missing modality.
 *
 * @throws what `readIemocapRelease` throws
 */
export async function iemocapSource(
  folder: string,
  options: Omit<IemocapReleaseOptions, 'onIrregular'> = {},
): Promise<ExtractionSource> {
  const irregular: IemocapIrregularity[] = []
  const jobs: ExtractionJob[] = []
  const dialogues = await listIemocapDialogues(folder)
  for (const dialogue of dialogues) {
    if (options.split !== undefined && dialogue.split !== options.split) continue
    const onIrregular = (each: IemocapIrregularity): void => void irregular.push(each)
    const conversation = await readIemocapDialogue(dialogue, { ...options, onIrregular })
    if (conversation.utterances.length === 0) continue
    const media = await Promise.all(conversation.utterances.map((utterance) => mediaOf(utterance, dialogue)))
    jobs.push({ id: dialogue.id, conversations: [conversation], media: [media] })
  }
  return { jobs, remarks: [...(await gaps(dialogues, options.split)), ...explainIemocapIrregularities(irregular)] }
}

/** What of a whole release is not there: sessions, and dialogues that somebody transcribed and whose rating is missing. */
async function gaps(dialogues: readonly IemocapDialogue[], split: Split | undefined): Promise<string[]> {
  const sessions = new Set(dialogues.map(({ session }) => basename(session)))
  const wanted = [1, 2, 3, 4, 5].filter((n) => split === undefined || (split === 'test') === (n === 5))
  const remarks = wanted
    .filter((n) => !sessions.has(`Session${n}`))
    .map((n) => `Session${n} is not there, or has no rated dialogue`)
  const rated = new Set(dialogues.map(({ id }) => id))
  let unrated = 0
  for (const session of new Set(dialogues.map((dialogue) => dialogue.session))) {
    const names = await readdir(join(session, 'dialog/transcriptions')).catch(() => [])
    unrated += names.filter((name) => /^Ses\d.*\.txt$/.test(name) && !rated.has(name.slice(0, -'.txt'.length))).length
  }
  if (unrated > 0) remarks.push(`${unrated} × a transcribed dialogue without its file in EmoEvaluation: left out`)
  return remarks
}

async function mediaOf({ id, startMs, endMs }: Utterance, dialogue: IemocapDialogue): Promise<UtteranceMedia> {
  const times = { fromMs: startMs, toMs: endMs }
  const channel = iemocapChannel(id)
  const sentence = join(dialogue.session, 'sentences/wav', dialogue.id, `${id}.wav`)
  const sound = join(dialogue.session, 'dialog/wav', `${dialogue.id}.wav`)
  const pictures = join(dialogue.session, 'dialog/avi/DivX', `${dialogue.id}.avi`)
  const audio = (await exists(sentence))
    ? { file: sentence, channel }
    : (await exists(sound))
      ? { file: sound, channel, ...times }
      : undefined
  const video = (await exists(pictures)) ? { file: pictures, side: iemocapSide(id), ...times } : undefined
  return { ...(audio && { audio }), ...(video && { video }) }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
