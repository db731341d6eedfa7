import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A rated and transcribed turn to write; times in ms. */
export interface WrittenTurn {
  readonly id: string
  readonly startMs: number
  readonly endMs: number
  readonly text: string
  /** The release's three letters. */
  readonly category: string
}

const seconds = (ms: number): string => (ms / 1000).toFixed(4)

/** The line of a turn in `dialog/EmoEvaluation`. */
export const summaryLine = ({ startMs, endMs, id, category }: Omit<WrittenTurn, 'text'>): string =>
  `[${seconds(startMs)} - ${seconds(endMs)}]\t${id}\t${category}\t[2.5000, 2.5000, 3.0000]`

/** The line of a turn in `dialog/transcriptions`. */
export const transcriptLine = ({ id, startMs, endMs, text }: Omit<WrittenTurn, 'category'>): string =>
  `${id} [${seconds(startMs).padStart(8, '0')}-${seconds(endMs).padStart(8, '0')}]: ${text}`

/** The text of a dialogue in the release's layout under `folder`; the lines are written as they are given. */
export async function writeDialogueText(
  folder: string,
  dialogue: string,
  lines: { readonly evaluation: readonly string[]; readonly transcription: readonly string[] },
): Promise<void> {
  const home = join(folder, `Session${dialogue[4]}`, 'dialog')
  await Promise.all(['EmoEvaluation', 'transcriptions'].map((name) => mkdir(join(home, name), { recursive: true })))
  const header = '% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n'
  await writeFile(join(home, 'EmoEvaluation', `${dialogue}.txt`), `${[header, ...lines.evaluation].join('\n')}\n`)
  await writeFile(join(home, 'transcriptions', `${dialogue}.txt`), `${lines.transcription.join('\n')}\n`)
}

/** A dialogue without irregular lines, its turns grouped by speaker as the release's ratings are. */
export async function writeDialogue(folder: string, dialogue: string, turns: readonly WrittenTurn[]): Promise<void> {
  const rated = [...turns].sort((a, b) => (a.id < b.id ? -1 : 1))
  await writeDialogueText(folder, dialogue, {
    evaluation: rated.flatMap((turn) => [summaryLine(turn), 'C-E1:\tOther;\t(a remark; with marks)', '']),
    transcription: turns.map(transcriptLine),
  })
}
