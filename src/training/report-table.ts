import { type Evaluation, evaluationLabels, labelTitle } from './evaluation.ts'

const percent = (value: number): string => (value * 100).toFixed(1).padStart(5)

/** A bar of eighths of a character, `width` characters for the value 1. */
export function drawBar(value: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, value)) * width * 8)
  const part = eighths % 8 === 0 ? '' : String.fromCodePoint(0x2590 - (eighths % 8))
  return ('█'.repeat(Math.floor(eighths / 8)) + part).padEnd(width)
}

/** An evaluation for a terminal: the figures, the classes with bars, the confusion matrix. All in percent. */
export function renderTable(evaluation: Evaluation): string {
  const labels = evaluationLabels(evaluation)
  const titles = labels.map(labelTitle)
  const { scores } = evaluation
  const wide = Math.max(10, ...titles.map((title) => title.length))
  const lines = [
    `${evaluation.model}  ${evaluation.mode}, split ${evaluation.split}, ${evaluation.modalities.join(' + ')}`,
    `${evaluation.conversations} conversations, ${scores.utterances} labelled utterances`,
    '',
    `weighted F1 ${percent(scores.weightedF1)}   accuracy ${percent(scores.accuracy)}   macro F1 ${percent(scores.macroF1)}   calibration error ${percent(scores.ece)}`,
    '',
    `${''.padEnd(wide)}  precision  recall     F1                       support`,
    ...titles.map((title, index) => {
      const { precision, recall, f1, support } = scores.perClass[index]!
      return `${title.padEnd(wide)}      ${percent(precision)}   ${percent(recall)}  ${percent(f1)}  ${drawBar(f1, 20)}  ${String(support).padStart(7)}`
    }),
    '',
    `true \\ predicted${' '.repeat(Math.max(0, wide - 14))}${labels.map((label) => label.slice(0, 8).padStart(9)).join('')}`,
    ...titles.map((title, index) => {
      const row = scores.confusion[index]!.map((count) => String(count).padStart(9))
      return `${title.padEnd(Math.max(16, wide + 2))}${row.join('')}`
    }),
  ]
  return lines.join('\n')
}
