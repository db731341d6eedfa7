import type { ReliabilityBin } from './metrics.ts'

/** Text as it may stand in HTML and SVG. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

const round = (value: number): string => String(Math.round(value * 100) / 100)

/**
 * The confusion matrix as an SVG heat map: a cell's shade is its part of the row (so the diagonal shows recall), its
 * number the count. Colours come from the page's variables, so that it follows the light and the dark scheme.
 */
export function confusionSvg(titles: readonly string[], confusion: readonly (readonly number[])[]): string {
  const cell = Math.max(62, Math.min(90, 372 / titles.length))
  const left = 96
  const top = 66
  const size = cell * titles.length
  const cells = confusion.flatMap((row, y) => {
    const support = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, x) => {
      const share = support === 0 ? 0 : count / support
      // A little stronger than its part: small confusions stay visible beside a large diagonal.
      const strength = Math.round(share ** 0.7 * 100)
      const percent = Math.round(share * 100)
      const place = `x="${round(left + x * cell + 1)}" y="${round(top + y * cell + 1)}"`
      const centre = left + (x + 0.5) * cell
      const middle = top + (y + 0.5) * cell
      const tip = `true ${titles[y]}, predicted ${titles[x]}: ${count} of ${support} (${percent} %)`
      return `<g class="cell${x === y ? ' diagonal' : ''}${strength > 58 ? ' strong' : ''}">
<rect ${place} width="${round(cell - 2)}" height="${round(cell - 2)}" rx="6" style="--share:${strength}%"/>
<text x="${round(centre)}" y="${round(middle - 1)}" class="count">${count}</text>
<text x="${round(centre)}" y="${round(middle + 15)}" class="share">${percent} %</text>
<title>${escapeHtml(tip)}</title></g>`
    })
  })
  const rows = titles.map(
    (title, y) =>
      `<text x="${left - 10}" y="${round(top + (y + 0.5) * cell + 4)}" class="end">${escapeHtml(title)}</text>`,
  )
  const columns = titles.map(
    (title, x) =>
      `<text x="${round(left + (x + 0.5) * cell)}" y="${top - 10}" class="middle">${escapeHtml(title)}</text>`,
  )
  return `<svg viewBox="0 0 ${round(left + size + 8)} ${round(top + size + 8)}" role="img" aria-label="Confusion matrix">
<text x="${round(left + size / 2)}" y="22" class="axis middle">predicted</text>
<text transform="translate(16 ${round(top + size / 2)}) rotate(-90)" class="axis middle">true</text>
${[...columns, ...rows, ...cells].join('\n')}
</svg>`
}

/**
 * The reliability diagram (Guo et al. 2017): for each bin of confidence a bar of its accuracy, the gap to the mean
 * confidence beside it, the diagonal of perfect calibration, and beneath how many utterances each bin holds.
 */
export function reliabilitySvg(bins: readonly ReliabilityBin[]): string {
  const size = 400
  const height = 330
  const left = 52
  const top = 14
  const counts = 70
  const most = Math.max(1, ...bins.map((bin) => bin.count))
  const x = (value: number) => left + value * size
  const y = (value: number) => top + (1 - value) * height
  const ground = top + height + 20 + counts
  const bars = bins.map((bin) => {
    if (bin.count === 0) return ''
    const place = `x="${round(x(bin.low) + 1.5)}" width="${round((bin.high - bin.low) * size - 3)}"`
    const [low, high] = [Math.min(bin.accuracy, bin.confidence), Math.max(bin.accuracy, bin.confidence)]
    const over = bin.confidence > bin.accuracy
    const tall = Math.max(1, (bin.count / most) * counts)
    const tip = `${bin.count} utterances with confidence ${bin.confidence.toFixed(2)}: accuracy ${bin.accuracy.toFixed(2)}`
    return `<g><title>${tip}</title>
<rect class="bar" ${place} y="${round(y(low))}" height="${round(low * height)}"/>
<rect class="gap ${over ? 'over' : 'under'}" ${place} y="${round(y(high))}" height="${round((high - low) * height)}"/>
<rect class="mark" ${place} y="${round(y(bin.accuracy) - 1)}" height="2"/>
<rect class="count" ${place} y="${round(ground - tall)}" height="${round(tall)}"/></g>`
  })
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (tick) => `<line class="grid" x1="${left}" x2="${left + size}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="${left - 8}" y="${round(y(tick) + 4)}" class="end">${tick}</text>
<text x="${round(x(tick))}" y="${ground + 16}" class="middle">${tick}</text>`,
  )
  return `<svg viewBox="0 0 ${left + size + 16} ${ground + 40}" role="img" aria-label="Reliability diagram">
${ticks.join('\n')}
${bars.join('\n')}
<line class="perfect" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
<line class="ground" x1="${left}" x2="${left + size}" y1="${ground}" y2="${ground}"/>
<text x="${left + size / 2}" y="${ground + 36}" class="axis middle">confidence</text>
<text transform="translate(14 ${top + height / 2}) rotate(-90)" class="axis middle">accuracy</text>
<text transform="translate(14 ${ground - counts / 2}) rotate(-90)" class="axis middle">count</text>
</svg>`
}
