import { type Evaluation, evaluationLabels, labelTitle } from './evaluation.ts'
import { confusionSvg, escapeHtml, reliabilitySvg } from './report-charts.ts'
import { REPORT_STYLE } from './report-style.ts'

const percent = (value: number): string => (value * 100).toFixed(1)

/**
 * A self-contained HTML page of an evaluation: no script, no file beside it, drawn charts, light and dark by the
 * reader's own setting. It holds figures only, nothing that anybody said.
 */
export function renderReport(evaluation: Evaluation): string {
  const titles = evaluationLabels(evaluation).map(labelTitle)
  const { scores } = evaluation
  const subject = `${evaluation.model}, ${evaluation.mode}`
  const head = { title: subject, kind: 'evaluation', subject: evaluation.model, facts: facts(evaluation) }
  return reportPage(
    head,
    `<section class="tiles" aria-label="Figures">
${tile('Weighted F1', percent(scores.weightedF1), 'mean of the classes, by support', true)}
${tile('Accuracy', percent(scores.accuracy), 'of all labelled utterances')}
${tile('Macro F1', percent(scores.macroF1), 'every class counts the same')}
${tile('Calibration error', percent(scores.ece), calibrationWords(evaluation))}
</section>
${scoreSections(titles, scores)}
`,
  )
}

/** The page of a report around its `body`, HTML as `facts`; the other texts are escaped here. */
export function reportPage(
  { title, kind, subject, facts }: { title: string; kind: string; subject: string; facts: string },
  body: string,
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Emograph: ${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="brand">Emograph · ${escapeHtml(kind)}</p>
<h1>${escapeHtml(subject)}</h1>
<p class="facts">${facts}</p>
</header>
${body.trimEnd()}
<footer>Figures are percentages unless they count something. A label is a guess about an expressed emotion, not a fact
about a person.</footer>
</main>
</body>
</html>
`
}

function facts(evaluation: Evaluation): string {
  const { mode, split, modalities, conversations, scores } = evaluation
  const meaning = mode === 'live' ? 'live (causal: only the past)' : 'offline (may use what was said later)'
  return [
    meaning,
    `split ${split}`,
    modalities.join(' + '),
    `${conversations} conversations`,
    `${scores.utterances} labelled utterances`,
  ]
    .map((fact) => `<span>${escapeHtml(fact)}</span>`)
    .join('')
}

/** One figure in large print. */
export function tile(name: string, value: string, note: string, main = false): string {
  return `<div class="tile${main ? ' main' : ''}"><h2>${name}</h2><p class="value">${value}</p><p class="note">${note}</p></div>`
}

/** Whether the model is on the whole too sure or not sure enough. */
function calibrationWords({ scores }: Evaluation): string {
  const confidence = scores.reliability.reduce((sum, bin) => sum + bin.confidence * bin.count, 0)
  const gap = confidence / Math.max(1, scores.utterances) - scores.accuracy
  const size = `${percent(Math.abs(gap))} points`
  return gap > 0 ? `on the whole ${size} too sure` : `on the whole ${size} not sure enough`
}

/** What every report of scores shows: the classes' figures, the confusion matrix and the reliability diagram. */
export function scoreSections(titles: readonly string[], scores: Evaluation['scores']): string {
  return `<section class="card">
<h2>Classes</h2>
${classTable(titles, scores)}
</section>
<div class="pair">
<section class="card">
<h2>Confusion</h2>
<p class="note">Shade: part of the true class. The diagonal is recall.</p>
${confusionSvg(titles, scores.confusion)}
</section>
<section class="card">
<h2>Reliability</h2>
<p class="note"><span class="key over"></span> too sure <span class="key under"></span> not sure enough
<span class="key line"></span> perfect</p>
${reliabilitySvg(scores.reliability)}
</section>
</div>`
}

/** Precision, recall, F1 and support of each class. */
function classTable(titles: readonly string[], scores: Evaluation['scores']): string {
  const rows = titles.map((title, index) => {
    const { precision, recall, f1, support } = scores.perClass[index]!
    return `<tr><th scope="row">${escapeHtml(title)}</th>
<td>${meter(precision)}</td><td>${meter(recall)}</td><td>${meter(f1, 'main')}</td><td class="number">${support}</td></tr>`
  })
  return `<div class="scroll"><table>
<thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th>
<th scope="col" class="number">support</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function meter(value: number, kind = ''): string {
  return `<div class="meter ${kind}" style="--value:${percent(value)}%"><i></i><b>${percent(value)}</b></div>`
}
