import { create } from 'xmlbuilder2'
import { LABEL_SETS } from '../../conversation/label-sets.ts'
import type { Modality } from '../../conversation/modality.ts'
import type { StoredConversation } from '../store/stored-conversation.ts'
import { participantNames, titleOf } from './titles.ts'

const NAMESPACE = 'http://www.w3.org/2009/10/emotionml'

/** What the recommendation calls the channels by which an emotion shows (section 2.4.2). */
const CHANNELS: Readonly<Record<Modality, string>> = { text: 'text', audio: 'voice', visual: 'face' }

/**
 * EmotionML 1.0 (W3C Recommendation 2014): an `<emotion>` for each utterance, in the order of labelling, with every
 * category of the label set and its probability, the channels that the model has used, and the times in ms from the start of
 * the conversation. The speaker is a reference, the words are the annotated text.
 */
export function conversationToEmotionMl(conversation: StoredConversation): string {
  const { labelSet, model, sessionId, utterances } = conversation
  const nameOf = participantNames(conversation)
  const session = `urn:uuid:${sessionId}`
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele(NAMESPACE, 'emotionml', {
    version: '1.0',
    'category-set': `#${labelSet}`,
  })
  const vocabulary = root.ele(NAMESPACE, 'vocabulary', { type: 'category', id: labelSet })
  for (const label of LABEL_SETS[labelSet]) {
    const item = vocabulary.ele(NAMESPACE, 'item', { name: label })
    item.ele(NAMESPACE, 'info').txt(titleOf(label))
  }
  utterances.forEach((utterance, i) => {
    const emotion = root.ele(NAMESPACE, 'emotion', {
      id: `utterance-${i + 1}`,
      'expressed-through': utterance.modalities.map((modality) => CHANNELS[modality]).join(' '),
      'time-ref-uri': session,
      'time-ref-anchor-point': 'start',
      'offset-to-start': String(utterance.startMs),
      duration: String(utterance.endMs - utterance.startMs),
    })
    for (const { name, probability } of utterance.probabilities) {
      emotion.ele(NAMESPACE, 'category', { name, value: probability.toFixed(4) })
    }
    const place = `${session}?participant=${encodeURIComponent(utterance.participant)}`
    emotion.ele(NAMESPACE, 'reference', { role: 'expressedBy', uri: place })
    const info = {
      id: utterance.utteranceId,
      name: nameOf(utterance.participant),
      mode: utterance.mode,
      model: model.name,
    }
    emotion.ele(NAMESPACE, 'info').txt(clean(JSON.stringify(info)))
    if (utterance.text !== '') emotion.txt(clean(utterance.text))
  })
  return `${root.doc().end({ prettyPrint: true })}\n`
}

/** XML 1.0 has no place for most control characters, however they are written, nor for half a surrogate pair. */
const clean = (text: string): string =>
  text.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
