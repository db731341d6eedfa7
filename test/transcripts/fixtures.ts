import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAssemblyAiAdapter } from '../../src/transcripts/assemblyai.ts'
import { createDeepgramAdapter } from '../../src/transcripts/deepgram.ts'
import type { ImportedTranscript, TranscriptAdapter } from '../../src/transcripts/imported-transcript.ts'
import { createWebVttAdapter } from '../../src/transcripts/webvtt.ts'
import { createZoomRtmsAdapter } from '../../src/transcripts/zoom-rtms.ts'

const text = (name: string): string => readFileSync(join(import.meta.dirname, '../fixtures/transcripts', name), 'utf8')

/** Messages written by us in the recognisers' published shapes. */
export const messages = (name: string): Record<string, unknown>[] => JSON.parse(text(name))

export const meetingVtt = (): string => text('meeting.vtt')

export const FIXTURES: readonly (readonly [string, () => TranscriptAdapter, readonly unknown[]])[] = [
  ['deepgram', createDeepgramAdapter, messages('deepgram.json')],
  ['assemblyai', createAssemblyAiAdapter, messages('assemblyai.json')],
  ['assemblyai v2', createAssemblyAiAdapter, messages('assemblyai-v2.json')],
  ['zoom_rtms', createZoomRtmsAdapter, messages('zoom-rtms.json')],
  ['webvtt', createWebVttAdapter, [meetingVtt()]],
]

/** A transcript as a line, `~` before one that goes on: `~A 960-1500 the boxes`. */
export const line = ({ speaker, startMs, endMs, text: words, final }: ImportedTranscript): string =>
  `${final ? '' : '~'}${speaker ?? '-'} ${startMs}-${endMs} ${words}`
