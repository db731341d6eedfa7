import { type Conversation, conversationSchema } from '../../../src/conversation/conversation.ts'
import { parseWith } from '../../../src/datasets/validation.ts'
import { EmographError } from '../../../src/errors.ts'

/**
 * The conversations of a file that somebody has chosen: JSONL of docs/formats.md, of which the words are taken and features
 * are left aside.
 *
 * @throws EMO_FILE_FORMAT, EMO_CONVERSATION_INVALID, EMO_TIME_ORDER
 */
export function parseRecording(file: string, content: string): Conversation[] {
  const conversations = parseJsonl(file, content).filter(({ utterances }) => utterances.length > 0)
  if (conversations.length > 0) return conversations
  throw new EmographError('EMO_FILE_FORMAT', { file, expected: 'utterances', got: 'none' })
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
