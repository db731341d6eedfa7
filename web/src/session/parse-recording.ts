import { type Conversation, conversationSchema } from '../../../src/conversation/conversation.ts'
import { parseWith } from '../../../src/datasets/validation.ts'
import { isWebVttHeader } from '../../../src/datasets/webvtt-cues.ts'
import { EmographError } from '../../../src/errors.ts'
import { createWebVttAdapter } from '../../../src/transcripts/webvtt.ts'

/**
 * The conversations of a file that somebody has chosen: WebVTT, or JSONL of docs/formats.md, of which the words are taken and
 * features are left aside.
 *
 * @throws EMO_FILE_FORMAT, EMO_MESSAGE_INVALID (WebVTT), EMO_CONVERSATION_INVALID, EMO_TIME_ORDER (JSONL)
 */
export function parseRecording(file: string, content: string): Conversation[] {
  const parsed = isWebVttHeader(content.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0]!)
    ? [parseWebVtt(file, content)]
    : parseJsonl(file, content)
  const conversations = parsed.filter(({ utterances }) => utterances.length > 0)
  if (conversations.length > 0) return conversations
  throw new EmographError('EMO_FILE_FORMAT', { file, expected: 'utterances', got: 'none' })
}

/** Who speaks before the first voice tag of a WebVTT file. */
const UNKNOWN = 'unknown'

function parseWebVtt(file: string, content: string): Conversation {
  const utterances = createWebVttAdapter()
    .take(content)
    .map(({ speaker = UNKNOWN, text, startMs, endMs }, i) => ({
      id: `${i + 1}`,
      speaker,
      startMs,
      endMs,
      text,
      label: null,
      features: {},
    }))
  return { id: file, utterances }
}

function parseJsonl(file: string, content: string): Conversation[] {
  return content.split('\n').flatMap((text, i) => {
    if (text.trim() === '') return []
    const parsed = parseWith(conversationSchema, parseLine(text, file, i + 1), { file, line: i + 1 })
    return { ...parsed, utterances: parsed.utterances.map((utterance) => ({ ...utterance, features: {} })) }
  })
}

function parseLine(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's own message, which quotes the line.
    throw new EmographError('EMO_FILE_FORMAT', {
      file,
      line,
      expected: 'one JSON object',
      got: 'text that is not JSON',
    })
  }
}
