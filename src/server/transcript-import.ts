import { parseWith } from '../datasets/validation.ts'
import { EmographError } from '../errors.ts'
import { createAssemblyAiAdapter } from '../transcripts/assemblyai.ts'
import { createDeepgramAdapter } from '../transcripts/deepgram.ts'
import type { ImportedTranscript, TranscriptAdapter } from '../transcripts/imported-transcript.ts'
import { createWebVttAdapter } from '../transcripts/webvtt.ts'
import { createZoomRtmsAdapter } from '../transcripts/zoom-rtms.ts'
import {
  type Transcript,
  type TranscriptImport,
  transcriptSchema,
  type WireParticipant,
} from './protocol/client-messages.ts'
import { MAX_ID_LENGTH, MAX_NAME_LENGTH, type TranscriptFormat } from './protocol/fields.ts'
import { requireParticipant } from './settings.ts'

/** Transcripts that one message may hold: a whole WebVTT file of half an hour, and a bound on what it sets going. */
const MOST_TRANSCRIPTS = 500

/** Whoever speaks where neither the payload nor the message says it. */
const UNKNOWN = 'unknown'

const ADAPTERS: Readonly<Record<TranscriptFormat, () => TranscriptAdapter>> = {
  deepgram: createDeepgramAdapter,
  assemblyai: createAssemblyAiAdapter,
  zoom_rtms: createZoomRtmsAdapter,
  webvtt: createWebVttAdapter,
}

/** What a message of another recogniser amounts to. */
export interface Imported {
  /** Speakers whom the session does not have yet, in the order in which they speak. */
  readonly newcomers: readonly WireParticipant[]
  readonly transcripts: readonly Transcript[]
}

/** The messages of other recognisers in one session. What an utterance of theirs still lacks is kept in memory only. */
export interface TranscriptImports {
  /**
   * A speaker is the participant of that id, or else of that name, or else a new one.
   *
   * @throws EMO_MESSAGE_INVALID, EMO_MESSAGE_TOO_LARGE, EMO_PARTICIPANT_UNKNOWN
   */
  take(message: TranscriptImport, participants: readonly WireParticipant[]): Imported
}

export function createTranscriptImports(): TranscriptImports {
  /** One for each stream: several participants may each have a recogniser of their own. */
  const adapters = new Map<string, TranscriptAdapter>()

  function adapterOf({ format, participant = '' }: TranscriptImport): TranscriptAdapter {
    const stream = `${format} ${participant}`
    const adapter = adapters.get(stream) ?? ADAPTERS[format]()
    adapters.set(stream, adapter)
    return adapter
  }

  return {
    take(message, participants) {
      if (message.participant !== undefined) requireParticipant(participants, message.participant)
      const imported = adapterOf(message).take(message.payload)
      if (imported.length > MOST_TRANSCRIPTS)
        throw new EmographError('EMO_MESSAGE_TOO_LARGE', {
          field: 'payload',
          expected: `at most ${MOST_TRANSCRIPTS} utterances`,
          got: `${imported.length}`,
          fix: 'Send the file in parts, block by block.',
        })
      const newcomers = new Map<string, WireParticipant>()
      const transcripts = imported.map((said) => {
        const speaker = speakerOf(said, message)
        const known = participants.find(({ id }) => id === speaker) ?? participants.find(({ name }) => name === speaker)
        if (known === undefined) newcomers.set(speaker, newcomers.get(speaker) ?? newcomer(speaker, said))
        return transcriptOf(said, message, known?.id ?? speaker)
      })
      return { newcomers: [...newcomers.values()], transcripts }
    },
  }
}

const speakerOf = ({ speaker }: ImportedTranscript, { participant }: TranscriptImport): string =>
  (speaker || participant || UNKNOWN).slice(0, MAX_ID_LENGTH)

const newcomer = (id: string, { speakerName }: ImportedTranscript): WireParticipant =>
  speakerName === undefined ? { id } : { id, name: speakerName.slice(0, MAX_NAME_LENGTH) }

/** Through the schema of the protocol's own transcripts, so that the same limits hold. */
function transcriptOf(said: ImportedTranscript, message: TranscriptImport, participant: string): Transcript {
  const shift = (timeMs: number): number => Math.max(0, timeMs + message.offset_ms)
  const { text, final } = said
  const times = { start_ms: shift(said.startMs), end_ms: shift(said.endMs) }
  const transcript = { type: 'transcript', participant, text, final, ...times }
  return parseWith(transcriptSchema, transcript, { field: 'payload' }, 'EMO_MESSAGE_INVALID')
}
