import type { StoredConversation } from '../store/stored-conversation.ts'
import { byTime } from './titles.ts'

/**
 * RTTM (NIST, Rich Transcription 2009): a SPEAKER line for each utterance, times in seconds. The format has no place for
 * emotions; the label stands as the subtype and its probability as the confidence, which scorers of speaker turns leave
 * alone.
 */
export function conversationToRttm(conversation: StoredConversation): string {
  const file = field(conversation.sessionId)
  return byTime(conversation)
    .map(({ participant, startMs, endMs, label, probabilities }) => {
      const probability = probabilities.find(({ name }) => name === label)?.probability ?? 0
      const times = `${(startMs / 1000).toFixed(3)} ${((endMs - startMs) / 1000).toFixed(3)}`
      return `SPEAKER ${file} 1 ${times} <NA> ${field(label)} ${field(participant)} ${probability.toFixed(4)} <NA>\n`
    })
    .join('')
}

/** Fields are parted by blanks, so that they hold none; `;;` begins a comment. */
const field = (text: string): string => text.trim().replaceAll(/\s+/g, '_').replaceAll(';;', ';') || '<NA>'
