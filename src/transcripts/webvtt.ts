import { z } from 'zod'
import type { TextLine } from '../datasets/text-lines.ts'
import { type Cue, cueOf, isWebVttHeader } from '../datasets/webvtt-cues.ts'
import { voiceSpans } from '../datasets/webvtt-voices.ts'
import { EmographError } from '../errors.ts'
import type { ImportedTranscript, TranscriptAdapter } from './imported-transcript.ts'
import { parsePayload } from './payload.ts'
import { transcriptsOf } from './speech-run.ts'

/**
 * WebVTT (https://www.w3.org/TR/webvtt1/): the text of a file, or of some of its blocks, with its header or without. Each
 * voice span `<v Name>` of each cue is an utterance, whole; a cue without one belongs to the last speaker, also to one of
 * an earlier payload. A cue must not be cut in two.
 */
export function createWebVttAdapter(): TranscriptAdapter {
  let speaker: string | undefined

  function spansOf({ startMs, endMs, payload }: Cue): ImportedTranscript[] {
    return voiceSpans(payload).flatMap((span) => {
      speaker = span.speaker ?? speaker
      return transcriptsOf({ speaker, text: span.text, startMs, endMs }, true)
    })
  }

  return {
    take(payload) {
      // Every cue is read before the first is told: a payload is taken as a whole or not at all.
      return blocksOf(parsePayload(z.string(), payload)).flatMap(checkedCue).flatMap(spansOf)
    },
  }
}

function checkedCue(block: readonly TextLine[]): Cue[] {
  const cue = cueOf(block, { field: 'payload' }, 'EMO_MESSAGE_INVALID')
  if (cue === undefined) return []
  if (cue.endMs >= cue.startMs) return [cue]
  throw new EmographError('EMO_MESSAGE_INVALID', {
    field: 'payload.timing',
    line: cue.line,
    expected: `an end not before the start at ${cue.startMs} ms`,
    got: `${cue.endMs} ms`,
  })
}

/** The blocks between blank lines, without the file's header. */
function blocksOf(text: string): TextLine[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const blocks: TextLine[][] = [[]]
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== '') blocks.at(-1)!.push({ number: index + 1, text: line })
    else if (blocks.at(-1)!.length > 0) blocks.push([])
  }
  const filled = blocks.filter((block) => block.length > 0)
  return isWebVttHeader(filled[0]?.[0]?.text ?? '') ? filled.slice(1) : filled
}
