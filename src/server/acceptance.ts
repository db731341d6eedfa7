import { EmographError } from '../errors.ts'
import type { Intake } from './intake.ts'
import type { SegmentedUtterance } from './media/media-types.ts'
import type { ClientMessage, SessionUpdate, Transcript, TranscriptImport } from './protocol/client-messages.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionMedia } from './session-media.ts'
import type { About, Steps, ToldUtterance } from './steps.ts'
import { createTranscriptImports } from './transcript-import.ts'

/** The messages that change a session. */
export type AcceptedMessage = Exclude<ClientMessage, { type: 'session.resume' | 'session.close' | 'ping' }>

/** The doors by which settings and utterances come into a session; behind them all goes one way. */
export interface Acceptance {
  /** @throws what `Intake` throws; nothing has changed then */
  take(message: AcceptedMessage, about: About, receivedAt: number): void
  /** What voice activity has cut, as if the client had told it. */
  takeSegmented(event: SegmentedUtterance): void
}

export interface AcceptanceOptions {
  readonly context: Pick<SessionContext, 'speech'>
  readonly intake: Intake
  readonly media: Pick<SessionMedia, 'configure'>
  readonly steps: Pick<Steps, 'change' | 'take'>
  /** Tells of an error although the message was taken. */
  readonly refuse: (error: EmographError, about: About) => void
}

export function createAcceptance({ context, intake, media, steps, refuse }: AcceptanceOptions): Acceptance {
  const imports = createTranscriptImports()

  /** The session goes on: what voice activity cuts is labelled from sound and pictures alone. */
  function checkSpeech({ segmentation }: SessionUpdate, about: About): void {
    if (segmentation === 'server' && context.speech === undefined)
      refuse(new EmographError('EMO_SPEECH_UNAVAILABLE'), about)
  }

  const tellIntake = (message: Transcript): ToldUtterance => ({
    utterance: intake.transcript(message),
    final: message.final,
  })

  /** All of them or none: one request is refused as a whole. */
  function takeTranscripts(messages: readonly Transcript[], about: About, receivedAt: number): void {
    const told = intake.together(() => messages.map(tellIntake))
    steps.take(told, about, receivedAt)
  }

  /** The same of another recogniser's message; its speakers become participants. */
  function importTranscripts(message: TranscriptImport, about: About, receivedAt: number): void {
    intake.checkConsent()
    const { newcomers, transcripts } = imports.take(message, intake.settings.participants)
    const told = intake.together(() => {
      if (newcomers.length > 0) intake.update({ type: 'session.update', participants: [...newcomers] })
      return transcripts.map(tellIntake)
    })
    if (newcomers.length > 0) {
      media.configure(intake.settings)
      // Not under the request's name: until its utterances are in the store it is not accepted.
      steps.change(intake.settings, {})
    }
    steps.take(told, about, receivedAt)
  }

  return {
    take(message, about, receivedAt) {
      switch (message.type) {
        case 'session.update':
        case 'participant.update': {
          const settings = intake.update(message)
          media.configure(settings)
          steps.change(settings, about)
          if (message.type === 'session.update') checkSpeech(message, about)
          break
        }
        case 'transcript':
          takeTranscripts([message], about, receivedAt)
          break
        case 'utterance.end':
          steps.take([{ utterance: intake.end(message), final: true }], about, receivedAt)
          break
        case 'transcript.import':
          importTranscripts(message, about, receivedAt)
          break
      }
    },
    takeSegmented(event) {
      const { participant } = event
      const textMissing = event.type === 'end' ? event.textMissing : undefined
      const common = { type: 'transcript', participant, start_ms: event.startMs } as const
      const message: Transcript =
        event.type === 'end'
          ? { ...common, text: event.text, end_ms: event.endMs, final: true }
          : { ...common, text: '', end_ms: event.type === 'start' ? event.startMs : event.endMs, final: false }
      steps.take([{ utterance: { ...intake.transcript(message), textMissing }, final: message.final }], {}, event.atMs)
    },
  }
}
