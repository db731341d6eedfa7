import type { ImportedTranscript } from './imported-transcript.ts'

/** Words that one speaker says without another between them. Times in ms. */
export interface SpeechRun {
  readonly speaker: string | undefined
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** Words in the order in which they are said as runs of one speaker each. A word of nobody belongs to the run before it. */
export function speechRuns(words: readonly SpeechRun[]): SpeechRun[] {
  const runs: SpeechRun[] = []
  for (const word of words) {
    const last = runs.at(-1)
    if (last !== undefined && sameSpeaker(last, word)) runs[runs.length - 1] = joinRuns(last, word)
    else runs.push({ ...word, endMs: Math.max(word.startMs, word.endMs) })
  }
  return runs
}

/** Whether two runs that follow each other can be one speaker's. */
export const sameSpeaker = (before: SpeechRun, after: SpeechRun): boolean =>
  before.speaker === undefined || after.speaker === undefined || before.speaker === after.speaker

/** Two runs of one speaker as one. */
export function joinRuns(before: SpeechRun, after: SpeechRun): SpeechRun {
  return {
    speaker: before.speaker ?? after.speaker,
    text: `${before.text} ${after.text}`.trim(),
    startMs: Math.min(before.startMs, after.startMs),
    endMs: Math.max(before.endMs, after.endMs, after.startMs),
  }
}

/** [] for a run without words. */
export function transcriptsOf(run: SpeechRun, final: boolean): ImportedTranscript[] {
  const { speaker, startMs, endMs } = run
  const text = run.text.trim()
  if (text === '') return []
  return [{ ...(speaker !== undefined && { speaker }), text, startMs, endMs: Math.max(startMs, endMs), final }]
}
