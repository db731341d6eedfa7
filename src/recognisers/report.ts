import { reportPage, scoreSections, tile } from '../training/report.ts'
import { escapeHtml } from '../training/report-charts.ts'
import { drawBar } from '../training/report-table.ts'
import type { RecogniserEvaluation, ScalingKind } from './recogniser-data.ts'
import { rocCurves } from './roc.ts'
import { rocSvg } from './roc-chart.ts'

/** What was evaluated, for people. */
export interface RecogniserReport {
  readonly model: string
  readonly task: string
  readonly split: string
  readonly labels: readonly string[]
  readonly skipped: number
  readonly evaluations: readonly RecogniserEvaluation[]
}

const SCALING_WORDS: Readonly<Record<ScalingKind, string>> = {
  alike: 'everybody scaled alike, as a stranger is',
  'by person': "scaled by the person's own unlabelled items",
}

/** A class that nothing belongs to has no curve, and so no area. */
const percent = (value: number | undefined): string => (value === undefined ? '–' : (value * 100).toFixed(1))

/** A self-contained HTML page, no script: figures, classes, confusion matrix, calibration and ROC curves. */
export function renderRecogniserReport({ model, task, split, labels, evaluations }: RecogniserReport): string {
  const facts = `<span>split ${escapeHtml(split)}</span><span>${evaluations[0]?.scores.utterances ?? 0} items</span>`
  const head = { title: model, kind: `recogniser, ${task}`, subject: model, facts }
  return reportPage(head, evaluations.map((evaluation) => section(labels, evaluation)).join('\n'))
}

function section(
  labels: readonly string[],
  { scaling, scores, labels: truth, probabilities }: RecogniserEvaluation,
): string {
  const curves = rocCurves(truth, probabilities, labels.length)
  return `<section class="tiles" aria-label="Figures">
${tile('Accuracy', percent(scores.accuracy), SCALING_WORDS[scaling], true)}
${tile('Macro F1', percent(scores.macroF1), 'every class counts the same')}
${tile('Weighted F1', percent(scores.weightedF1), 'mean of the classes, by support')}
${tile('AUC, macro', percent(curves.macro?.auc), 'one class against the rest')}
</section>
${scoreSections(labels, scores)}
<section class="card">
<h2>ROC curves</h2>
<p class="note">One class against the rest; micro: all decisions together; macro: the mean of the classes.</p>
<div style="max-width:760px">${rocSvg(labels, curves)}</div>
</section>`
}

/** The evaluation for a terminal. */
export function renderRecogniserTable({ model, task, split, labels, skipped, evaluations }: RecogniserReport): string {
  const wide = Math.max(10, ...labels.map((label) => label.length))
  const head = `${model}  ${task}, split ${split}${skipped === 0 ? '' : `, ${skipped} items gave nothing`}`
  const parts = evaluations.map(({ scaling, scores, labels: truth, probabilities }) => {
    const { perClass, micro, macro } = rocCurves(truth, probabilities, labels.length)
    const rows = labels.map((label, k) => {
      const { precision, recall, f1, support } = scores.perClass[k]!
      const cells = [precision, recall, f1].map((value) => percent(value).padStart(7)).join('  ')
      const auc = percent(perClass[k]?.auc).padStart(6)
      return `${label.padEnd(wide)}  ${cells}  ${drawBar(f1, 16)} ${auc}  ${String(support).padStart(7)}`
    })
    const matrix = labels.map((label, k) => {
      const cells = scores.confusion[k]!.map((count) => String(count).padStart(10)).join('')
      return `${label.padEnd(16)}${cells}`
    })
    return [
      `${SCALING_WORDS[scaling]}: ${scores.utterances} items`,
      `accuracy ${percent(scores.accuracy)}   macro F1 ${percent(scores.macroF1)}   weighted F1 ${percent(scores.weightedF1)}   AUC micro ${percent(micro?.auc)}, macro ${percent(macro?.auc)}`,
      '',
      `${''.padEnd(wide)}  precis.   recall       F1                     AUC  support`,
      ...rows,
      '',
      `true \\ predicted${labels.map((label) => label.slice(0, 9).padStart(10)).join('')}`,
      ...matrix,
    ].join('\n')
  })
  return [head, ...parts].join('\n\n')
}

/** The evaluation as JSON. */
export function recogniserJson({ model, task, split, labels, skipped, evaluations }: RecogniserReport): object {
  return {
    ...{ model, task, split, labels, skipped },
    evaluations: evaluations.map(({ scaling, scores, labels: truth, probabilities }) => {
      const { perClass, micro, macro } = rocCurves(truth, probabilities, labels.length)
      return {
        scaling,
        items: scores.utterances,
        accuracy: scores.accuracy,
        macro_f1: scores.macroF1,
        weighted_f1: scores.weightedF1,
        ece: scores.ece,
        auc: {
          micro: micro?.auc ?? null,
          macro: macro?.auc ?? null,
          per_class: perClass.map((curve) => curve?.auc ?? null),
        },
        per_class: Object.fromEntries(labels.map((label, k) => [label, scores.perClass[k]!])),
        confusion: scores.confusion,
      }
    }),
  }
}
