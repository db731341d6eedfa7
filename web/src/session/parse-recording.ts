import { type Conversation, conversationSchema } from '../../../src/conversation/conversation.ts'
import { parseWith } from '../../../src/datasets/validation.ts'
import { isWebVttHeader } from '../../../src/datasets/webvtt-cues.ts'
import { EmographError, isEmographError } from '../../../src/errors.ts'
import { createWebVttAdapter } from '../../../src/transcripts/webvtt.ts'

/** Far more than a day of talk; what is larger is no transcript, or mostly features, which are not played. */
const MOST_BYTES = 64 * 1024 * 1024

const FORMATS = 'Choose a WebVTT file (.vtt), or JSON lines (.jsonl) as docs/formats.md describes them.'

/** @throws as `parseRecording` */
export async function readRecording(file: File): Promise<Conversation[]> {
  if (file.size > MOST_BYTES)
    throw new EmographError('EMO_FILE_FORMAT', {
      file: file.name,
      expected: `at most ${MOST_BYTES} bytes`,
      got: `${file.size}`,
      fix: 'Choose one with fewer conversations, or without features.',
    })
  return parseRecording(file.name, await file.text())
}

/**
 * The conversations of a file that somebody has chosen: WebVTT, or JSONL of docs/formats.md, of which the words are taken and
 * features are left aside; conversations without words are left out.
 *
 * @throws EMO_FILE_FORMAT, EMO_CONVERSATION_INVALID, EMO_TIME_ORDER (JSONL)
 */
export function parseRecording(file: string, content: string): Conversation[] {
  const parsed = isWebVttHeader(content.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0]!)
    ? [parseWebVtt(file, content)]
    : parseJsonl(file, content)
  const conversations = parsed.filter(({ utterances }) => utterances.length > 0)
  if (conversations.length > 0) return conversations
  throw new EmographError('EMO_FILE_FORMAT', { file, expected: 'utterances with words', got: 'none', fix: FORMATS })
}

/** Who speaks before the first voice tag of a WebVTT file. */
const UNKNOWN = 'unknown'

function parseWebVtt(file: string, content: string): Conversation {
  const utterances = transcriptsOf(file, content).map(({ speaker = UNKNOWN, text, startMs, endMs }, i) => ({
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

/** What the adapter says of a message of the protocol, said of the file. */
function transcriptsOf(file: string, content: string) {
  try {
    return createWebVttAdapter().take(content)
  } catch (error) {
    if (!isEmographError(error, 'EMO_MESSAGE_INVALID')) throw error
    throw new EmographError('EMO_FILE_FORMAT', { ...error.detail, file, fix: FORMATS })
  }
}

function parseJsonl(file: string, content: string): Conversation[] {
  return content.split('\n').flatMap((text, i) => {
    if (text.trim() === '') return []
    const parsed = parseWith(conversationSchema, parseLine(text, file, i + 1), { file, line: i + 1 })
    const spoken = parsed.utterances.filter(({ text = '' }) => text.trim() !== '')
    return { ...parsed, utterances: spoken.map((utterance) => ({ ...utterance, features: {} })) }
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
      fix: FORMATS,
    })
  }
}
