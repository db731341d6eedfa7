import { EmographError } from '../errors.ts'
import { parseTimes } from './iemocap-evaluation.ts'
import type { OnIemocapIrregularity } from './iemocap-irregularities.ts'
import { parseIemocapTurnId } from './iemocap-turn-id.ts'
import { textLines } from './text-lines.ts'

/** A turn as `dialog/transcriptions/DIALOGUE.txt` has it. Times in ms. */
export interface TranscribedTurn {
  readonly id: string
  /** The words, with the transcribers' marks ([BREATHING], [LAUGHTER]) as they stand. */
  readonly text: string
  readonly time?: readonly [startMs: number, endMs: number]
  /** From 1. */
  readonly line: number
}

const TURN = /^(Ses\w+)\s*(?:\[([^\]]*)\])?\s*:(.*)$/
const NAMELESS = /^[FM]\s*:/

/**
 * The transcribed turns of a dialogue in the order of the file: `NAME [006.2901-008.2357]: words`. Lines of other forms
 * are counted (iemocap-irregularities.ts) and left out.
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT for a turn of another dialogue, a name that is none, a time that is none, or
 *   a turn that comes twice; EMO_TIME_ORDER.
 */
export async function readIemocapTranscription(
  file: string,
  dialogue: string,
  onIrregular?: OnIemocapIrregularity,
): Promise<Map<string, TranscribedTurn>> {
  const turns = new Map<string, TranscribedTurn>()
  for await (const { number: line, text: raw } of textLines(file)) {
    const text = raw.trim()
    if (text === '') continue
    const parts = TURN.exec(text)
    if (parts === null) {
      onIrregular?.({ kind: NAMELESS.test(text) ? 'no-turn-name' : 'stray-line', file, line })
      continue
    }
    const [id, time, words] = parts.slice(1) as [string, string | undefined, string]
    const wrong = (expected: string, got: string): EmographError =>
      new EmographError('EMO_FILE_FORMAT', { file, line, field: 'turn', expected, got })
    if (parseIemocapTurnId(id)?.dialogue !== dialogue) throw wrong(`the name of a turn of ${dialogue}`, 'another name')
    if (turns.has(id)) throw wrong('each turn once', `${id} again`)
    if (time === undefined) onIrregular?.({ kind: 'no-time', file, line })
    turns.set(id, {
      id,
      text: words.trim(),
      line,
      ...(time !== undefined && { time: parseTimes(time, { file, line }) }),
    })
  }
  return turns
}
