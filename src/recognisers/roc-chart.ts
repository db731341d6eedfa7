import { escapeHtml } from '../training/report-charts.ts'
import type { RocCurve, RocCurves } from './roc.ts'

const SIZE = 380
const LEFT = 52
const TOP = 14

const x = (rate: number): number => Math.round((LEFT + rate * SIZE) * 10) / 10
const y = (rate: number): number => Math.round((TOP + (1 - rate) * SIZE) * 10) / 10

/** Hues that stay apart on light and dark ground; classes beyond them begin again. */
const HUES = [205, 28, 140, 350, 265, 55, 175, 310] as const

/** The curves as an SVG: a thin line a class, micro and macro mean in bold, areas in the key. */
export function rocSvg(titles: readonly string[], { perClass, micro, macro }: RocCurves): string {
  const classes = perClass.map((curve, k) => ({
    curve,
    title: titles[k]!,
    style: `stroke:hsl(${HUES[k % HUES.length]} 60% 50%);stroke-width:1.4`,
  }))
  const means = [
    { curve: micro, title: 'micro', style: 'stroke:var(--ink);stroke-width:2.6' },
    { curve: macro, title: 'macro', style: 'stroke:var(--accent);stroke-width:2.6;stroke-dasharray:7 4' },
  ]
  const drawn = [...classes, ...means].flatMap(({ curve, ...rest }) =>
    curve === undefined ? [] : [{ curve, ...rest }],
  )
  const lines = drawn.map(
    ({ curve, title, style }) =>
      `<path d="${path(curve)}" fill="none" style="${style}"><title>${words(title, curve)}</title></path>`,
  )
  const key = drawn.map(
    (
      { curve, title, style },
      row,
    ) => `<line x1="${LEFT + SIZE + 22}" x2="${LEFT + SIZE + 50}" y1="${TOP + 12 + row * 24}" y2="${TOP + 12 + row * 24}" style="${style}"/>
<text x="${LEFT + SIZE + 58}" y="${TOP + 16 + row * 24}">${words(title, curve)}</text>`,
  )
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (tick) => `<line class="grid" x1="${LEFT}" x2="${LEFT + SIZE}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="${LEFT - 8}" y="${y(tick) + 4}" class="end">${tick}</text><text x="${x(tick)}" y="${TOP + SIZE + 18}" class="middle">${tick}</text>`,
  )
  return `<svg viewBox="0 0 ${LEFT + SIZE + 240} ${TOP + SIZE + 46}" role="img" aria-label="ROC curves">
${ticks.join('\n')}
<line class="perfect" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
${lines.join('\n')}
${key.join('\n')}
<text x="${LEFT + SIZE / 2}" y="${TOP + SIZE + 40}" class="axis middle">false positive rate</text>
<text transform="translate(14 ${TOP + SIZE / 2}) rotate(-90)" class="axis middle">true positive rate</text>
</svg>`
}

const words = (title: string, { auc }: RocCurve): string => `${escapeHtml(title)}: AUC ${auc.toFixed(3)}`

function path({ points }: RocCurve): string {
  return points.map(({ fpr, tpr }, k) => `${k === 0 ? 'M' : 'L'}${x(fpr)} ${y(tpr)}`).join('')
}
