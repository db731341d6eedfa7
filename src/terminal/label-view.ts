import { styleText } from 'node:util'
import { LABEL_TITLES } from '../conversation/label-sets.ts'
import type { UtteranceLabel, UtteranceRevised } from '../server/protocol/server-messages.ts'

/** What a label view writes to: a terminal, or a file or pipe that gets plain lines. */
export interface LabelViewOptions {
  readonly isTTY: boolean
  /** Characters in a line. */
  readonly columns: number
  /** Shows the words too, cut to the line. Left away by default: a terminal's output is often kept. */
  readonly words: boolean
}

/** Labels as lines of a table, each as it comes. */
export interface LabelView {
  heading(title: string): string
  /** `reference` is the label of the data set, where it has one. */
  label(message: UtteranceLabel, reference?: string | null): string
  /** Undefined where the label has stayed: the table says only what has changed. */
  revised(message: UtteranceRevised): string | undefined
}

const BAR_WIDTH = 16
const COLOURS = {
  hap: 'yellow',
  joy: 'yellow',
  positive: 'yellow',
  exc: 'magenta',
  surprise: 'magenta',
  sad: 'blue',
  sadness: 'blue',
  negative: 'blue',
  ang: 'red',
  anger: 'red',
  fru: 'red',
  disgust: 'red',
  fear: 'cyan',
} as const satisfies Record<string, string>

export function createLabelView(options: LabelViewOptions): LabelView {
  const paint = (label: string, text: string): string =>
    options.isTTY && Object.hasOwn(COLOURS, label)
      ? styleText(COLOURS[label as keyof typeof COLOURS], text, { validateStream: false })
      : text
  const dim = (text: string): string => (options.isTTY ? styleText('dim', text, { validateStream: false }) : text)

  return {
    heading: (title) =>
      `\n${title}\n${dim(`${'speaker'.padEnd(12)}${'label'.padEnd(12)}${'probability'.padEnd(BAR_WIDTH + 7)}latency`)}`,
    label(message, reference) {
      const probability = Math.max(...message.probabilities.map((entry) => entry.probability))
      const bar = '█'.repeat(Math.round(probability * BAR_WIDTH)).padEnd(BAR_WIDTH, '░')
      const cells = [
        cut(message.participant, 11).padEnd(12),
        paint(message.label, title(message.label).padEnd(12)),
        `${paint(message.label, bar)} ${`${Math.round(100 * probability)}%`.padStart(4)}  `,
        `${message.latency_ms.toFixed(1)} ms`.padStart(9),
      ]
      if (reference != null) cells.push(dim(reference === message.label ? '  ✓' : `  (${title(reference)})`))
      const width = 12 + 12 + BAR_WIDTH + 7 + 9 + 2
      if (options.words && options.columns > width + 10)
        cells.push(`  ${cut(message.text, options.columns - width - 1)}`)
      return cells.join('')
    },
    revised: (message) =>
      message.label === message.previous_label
        ? undefined
        : dim(
            `${'  revised'.padEnd(12)}${message.utterance_id}: ${title(message.previous_label)} → ${title(message.label)}`,
          ),
  }
}

const title = (label: string): string => LABEL_TITLES[label] ?? label

function cut(text: string, width: number): string {
  // Control characters of a transcript must not reach the terminal.
  const plain = text.replaceAll(/\p{Cc}/gu, ' ')
  return plain.length > width ? `${plain.slice(0, Math.max(0, width - 1))}…` : plain
}
