import type { Entry, Outbox } from './outbox.ts'
import type { TranscriptInput } from './types.ts'

/** The newest interim transcript of each participant whose utterance is not whole yet. */
export interface Interims {
  /** Sends it, in place of an earlier one that may still wait. */
  put(transcript: TranscriptInput): void
  /** The utterance is whole: its interim transcript is of no more use, and is given back. */
  finish(participant: string): TranscriptInput | undefined
}

export function createInterims(outbox: Outbox): Interims {
  const open = new Map<string, { transcript: TranscriptInput; entry: Entry }>()

  function finish(participant: string): TranscriptInput | undefined {
    const last = open.get(participant)
    if (last === undefined) return undefined
    open.delete(participant)
    outbox.remove(last.entry)
    return last.transcript
  }

  return {
    put(transcript) {
      finish(transcript.participant)
      const data = JSON.stringify({ type: 'transcript', ...transcript, final: false })
      open.set(transcript.participant, { transcript, entry: outbox.add({ kind: 'message', data }) })
    },
    finish,
  }
}
