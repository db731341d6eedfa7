import { basename } from 'node:path'
import type { Conversation, Utterance } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { type TextLine, textLines } from './text-lines.ts'
import { requireTimeOrder } from './validation.ts'
import { cueOf, isWebVttHeader } from './webvtt-cues.ts'
import { voiceSpans } from './webvtt-voices.ts'

export interface WebVttOptions {
  /** Who speaks before the first voice tag. Default `unknown`. */
  readonly speaker?: string | undefined
}

/**
 * A WebVTT file (https://www.w3.org/TR/webvtt1/) as one conversation, whose id is the file's name: an utterance for each
 * voice span `<v Name>` of each cue, with the cue's times in ms. A cue without one belongs to the last speaker.
 * Utterance ids are the cue identifiers, made unique by number where a cue has none or shares it.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT (no header, a timing line that is none), EMO_TIME_ORDER
 */
export async function readWebVtt(path: string, options: WebVttOptions = {}): Promise<Conversation> {
  const utterances: Utterance[] = []
  const ids = new Set<string>()
  let speaker = options.speaker ?? 'unknown'
  let header = true
  for await (const block of blocks(textLines(path))) {
    if (header) {
      requireHeader(block[0], path)
      header = false
      continue
    }
    const cue = cueOf(block, { file: path })
    if (cue === undefined) continue
    requireTimeOrder(cue.startMs, cue.endMs, { file: path, line: cue.line, field: 'timing' })
    for (const span of voiceSpans(cue.payload)) {
      speaker = span.speaker ?? speaker
      if (span.text === '') continue
      const id = uniqueId(ids, cue.id)
      utterances.push({
        id,
        speaker,
        startMs: cue.startMs,
        endMs: cue.endMs,
        text: span.text,
        label: null,
        features: {},
      })
    }
  }
  if (header) requireHeader(undefined, path)
  return { id: basename(path).replace(/\.vtt$/, ''), utterances }
}

/** Lines between blank lines; the first block holds the header. */
async function* blocks(lines: AsyncIterable<TextLine>): AsyncGenerator<TextLine[]> {
  let block: TextLine[] = []
  for await (const line of lines) {
    if (line.text !== '') block.push(line)
    else if (block.length > 0) {
      yield block
      block = []
    }
  }
  if (block.length > 0) yield block
}

function requireHeader(line: TextLine | undefined, file: string): void {
  if (line !== undefined && line.number === 1 && isWebVttHeader(line.text)) return
  throw new EmographError('EMO_FILE_FORMAT', { file, line: 1, expected: 'the line WEBVTT', got: 'another' })
}

function uniqueId(ids: Set<string>, wanted: string | undefined): string {
  const stem = wanted ?? String(ids.size + 1)
  let id = stem
  for (let copy = 2; ids.has(id); copy++) id = `${stem}-${copy}`
  ids.add(id)
  return id
}
