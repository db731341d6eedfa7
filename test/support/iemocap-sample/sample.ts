import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { summaryLine, transcriptLine, type WrittenTurn, writeDialogueText } from '../iemocap-release-writer.ts'
import { SAMPLE_DIALOGUES, type SampleDialogue, type SampleTurn } from './dialogues.ts'
import { SAMPLE_RATE, secondsOf, speak, waveFile } from './speech.ts'
import { writeSideBySide } from './video.ts'

const PAUSE_MS = 120

const NAMES: Readonly<Record<string, string>> = {
  ...{ neu: 'Neutral', hap: 'Happiness', sad: 'Sadness', ang: 'Anger' },
  ...{ exc: 'Excited', fru: 'Frustration', sur: 'Surprise' },
}

interface TimedTurn extends WrittenTurn {
  readonly turn: SampleTurn
}

/** The turns one after the other, each numbered within its speaker. */
function timed({ id, turns }: SampleDialogue): TimedTurn[] {
  const counts = { F: 0, M: 0, FXX: 0, MXX: 0 }
  let startMs = 250
  return turns.map((turn) => {
    const number = turn.unrated ? `XX${counts[`${turn.speaker}XX`]++}` : String(counts[turn.speaker]++).padStart(3, '0')
    const endMs = startMs + Math.round(secondsOf(turn) * 1000)
    const { text, category } = turn
    const written = { id: `${id}_${turn.speaker}${number}`, startMs, endMs, text, category, turn }
    startMs = endMs + PAUSE_MS
    return written
  })
}

function votesOf({ category, turn }: TimedTurn): string[] {
  const voters = category === 'xxx' ? ['Anger', 'Sadness', 'Neutral'] : [NAMES[category]!, NAMES[category]!, 'Neutral']
  const lines = voters.map((name, k) => `C-E${k + 1}:\t${name};\t()`)
  return [...lines, `C-${turn.speaker}1:\tOther;\t(self)`, 'A-E3:\tval 3; act 3; dom  3;\t()', '']
}

async function makeDialogue(target: SampleTarget, dialogue: SampleDialogue, noise: () => number): Promise<void> {
  const turns = timed(dialogue)
  const rated = turns.filter(({ turn }) => !turn.unrated)
  await writeDialogueText(target.folder, dialogue.id, {
    evaluation: rated.flatMap((turn, k) => [
      ...lineAt(dialogue.oddRatings, k),
      ...[summaryLine(turn), ...votesOf(turn)],
    ]),
    transcription: turns.flatMap((turn, k) => [...lineAt(dialogue.oddTranscripts, k), transcriptLine(turn)]),
  })
  const home = join(target.folder, `Session${dialogue.id[4]}`)
  const voices = new Map(turns.map((turn) => [turn, speak(turn.turn, noise)]))
  if (dialogue.sound === 'sentences') {
    const folder = join(home, 'sentences/wav', dialogue.id)
    await mkdir(folder, { recursive: true })
    for (const turn of rated) await writeFile(join(folder, `${turn.id}.wav`), waveFile([voices.get(turn)!]))
  } else {
    await mkdir(join(home, 'dialog/wav'), { recursive: true })
    await writeFile(join(home, 'dialog/wav', `${dialogue.id}.wav`), waveFile(bothMicrophones(dialogue, voices)))
  }
  const { faces } = target
  if (dialogue.faces && faces !== undefined) {
    const [left, right] = dialogue.faces.map((name) => join(faces, `${name}.mpg`))
    await mkdir(join(home, 'dialog/avi/DivX'), { recursive: true })
    const file = join(home, 'dialog/avi/DivX', `${dialogue.id}.avi`)
    await writeSideBySide(file, [left!, right!], turns.at(-1)!.endMs / 1000)
  }
}

const lineAt = (lines: Readonly<Record<number, string>> | undefined, k: number): string[] =>
  lines?.[k] === undefined ? [] : [lines[k]]

/** The lead's microphone left, the other's right; each hears a tenth of the other speaker. */
function bothMicrophones({ id }: SampleDialogue, voices: ReadonlyMap<TimedTurn, Float32Array>): Float32Array[] {
  const end = Math.max(...Array.from(voices.keys(), ({ endMs }) => endMs)) + PAUSE_MS
  const channels = [0, 1].map(() => new Float32Array(Math.ceil((end / 1000) * SAMPLE_RATE)))
  for (const [{ startMs, turn }, voice] of voices) {
    const own = turn.speaker === id[5] ? 0 : 1
    channels.forEach((channel, c) => {
      const at = Math.round((startMs / 1000) * SAMPLE_RATE)
      voice.forEach((sample, n) => {
        channel[at + n] = sample * (c === own ? 1 : 0.1)
      })
    })
  }
  return channels
}

/** Numerical Recipes' linear congruential generator, 0 to 1. */
function noiseOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export interface SampleTarget {
  /** Where the sessions go; those that are there are removed. */
  readonly folder: string
  /** The folder of GRID clips; without it no video is made. */
  readonly faces?: string
}

/**
 * A made-up corpus in the exact layout of the IEMOCAP release, the same bytes every time. Words are this project's own
 * (dialogues.ts), voices are synthetic (speech.ts), faces are clips of the GRID corpus.
 */
export async function makeSample(target: SampleTarget): Promise<void> {
  for (const session of [1, 2, 3, 4, 5])
    await rm(join(target.folder, `Session${session}`), { recursive: true, force: true })
  const noise = noiseOf(20260101)
  for (const dialogue of SAMPLE_DIALOGUES) await makeDialogue(target, dialogue, noise)
}
