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
  /** `reference` is the label of the data set, where it has one; shown where the words are not. */
  label(message: UtteranceLabel, reference?: string | null): string
  /** Undefined where the label has stayed: the table says only what has changed. */
  revised(message: UtteranceRevised): string | undefined
}

/** Cell widths: narrow leaves half of an 80-column terminal to the words. */
const WIDE = { speaker: 12, label: 12, bar: 16 }
const NARROW = { speaker: 8, label: 11, bar: 8 }
/** Words are cut to no less than this, however narrow the terminal. */
const MIN_WORDS = 20

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

  const width = options.words ? NARROW : WIDE
  const used = width.speaker + width.label + width.bar + ' 100%'.length + '  1234.5 ms'.length

  return {
    heading(title) {
      const names = ['speaker'.padEnd(width.speaker), 'label'.padEnd(width.label), 'probability'.padEnd(width.bar + 7)]
      return `\n${title}\n${dim(`${names.join('')} latency${options.words ? '  words' : ''}`)}`
    },
    label(message, reference) {
      const probability = Math.max(...message.probabilities.map((entry) => entry.probability))
      const bar = '█'.repeat(Math.round(probability * width.bar)).padEnd(width.bar, '░')
      const cells = [
        cut(message.participant, width.speaker - 1).padEnd(width.speaker),
        paint(message.label, title(message.label).padEnd(width.label)),
        `${paint(message.label, bar)} ${`${Math.round(100 * probability)}%`.padStart(4)}`,
        `${message.latency_ms.toFixed(1)} ms`.padStart(11),
      ]
      if (options.words) cells.push(`  ${cut(message.text, Math.max(MIN_WORDS, options.columns - used - 3))}`)
      else if (reference != null) cells.push(dim(reference === message.label ? '  ✓' : `  (${title(reference)})`))
      return cells.join('')
    },
    revised: (message) =>
      message.label === message.previous_label
        ? undefined
        : dim(
            `${'  revised'.padEnd(width.speaker)} ${message.utterance_id}: ${title(message.previous_label)} → ${title(message.label)}`,
          ),
  }
}

const title = (label: string): string => LABEL_TITLES[label] ?? label

function cut(text: string, width: number): string {
  // Control characters of a transcript must not reach the terminal.
  const plain = text.replaceAll(/\p{Cc}/gu, ' ')
  return plain.length > width ? `${plain.slice(0, Math.max(0, width - 1))}…` : plain
}
