import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Utterance } from '../conversation/conversation.ts'
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
  for (const dialogue of await listIemocapDialogues(folder)) {
    if (options.split !== undefined && dialogue.split !== options.split) continue
    const onIrregular = (each: IemocapIrregularity): void => void irregular.push(each)
    const conversation = await readIemocapDialogue(dialogue, { ...options, onIrregular })
    if (conversation.utterances.length === 0) continue
    const media = await Promise.all(conversation.utterances.map((utterance) => mediaOf(utterance, dialogue)))
    jobs.push({ id: dialogue.id, conversations: [conversation], media: [media] })
  }
  return { jobs, remarks: explainIemocapIrregularities(irregular) }
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
