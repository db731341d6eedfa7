import type { StoredConversation } from '../store/stored-conversation.ts'
import { byTime, participantNames, titleOf } from './titles.ts'

/** Colours of the labels that have a customary one; a player that knows no styles shows the words alone. */
const COLOURS: Readonly<Record<string, string>> = {
  hap: '#ffd166',
  joy: '#ffd166',
  exc: '#ff9f5a',
  sad: '#8ab6ff',
  sadness: '#8ab6ff',
  ang: '#ff8080',
  anger: '#ff8080',
  fru: '#d9a0ff',
}

/**
 * WebVTT (W3C) captions: a cue for each utterance that has words, its speaker as the voice, its emotion as the voice's
 * class: `<v.happy Ann>What a day!`. Our own reader, and any other, takes it back.
 */
export function conversationToWebVtt(conversation: StoredConversation): string {
  const nameOf = participantNames(conversation)
  const cues = byTime(conversation)
    .filter(({ text }) => text.trim() !== '')
    .map(({ utteranceId, participant, startMs, endMs, label, text }) => {
      const voice = `<v.${titleOf(label)} ${escapeText(nameOf(participant))}>`
      // A cue without a length is never shown, and not allowed.
      const times = `${timestamp(startMs)} --> ${timestamp(Math.max(endMs, startMs + 1))}`
      return `${identifier(utteranceId)}${times}\n${voice}${escapeText(text)}</v>\n`
    })
  const used = new Set(conversation.utterances.map(({ label }) => label))
  const styles = Object.entries(COLOURS)
    .filter(([label]) => used.has(label))
    .map(([label, colour]) => `STYLE\n::cue(.${titleOf(label)}) { color: ${colour}; }\n`)
  return [`WEBVTT\n`, ...styles, ...cues].join('\n')
}

/** `hh:mm:ss.ttt`, with as many digits of hours as it takes. */
export function timestamp(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.trunc(value)).padStart(digits, '0')
  const seconds = ms / 1000
  return `${part(seconds / 3600, 2)}:${part((seconds / 60) % 60, 2)}:${part(seconds % 60, 2)}.${part(ms % 1000, 3)}`
}

/** A cue's text is one line here: a blank one would end it. */
const escapeText = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** An id that would be taken for a timing line, or for a block of another kind, is left away. */
function identifier(id: string): string {
  const line = id.replaceAll(/\s+/g, ' ').trim()
  return line === '' || line.includes('-->') || /^(NOTE|STYLE|REGION|WEBVTT)/.test(line) ? '' : `${line}\n`
}
