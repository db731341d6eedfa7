import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type Evaluation, evaluationJson } from '../../src/training/evaluation.ts'
import { scorePredictions } from '../../src/training/metrics.ts'
import { renderReport } from '../../src/training/report.ts'
import { drawBar, renderTable } from '../../src/training/report-table.ts'
import { createRng } from '../../src/training/rng.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']

/** An evaluation of drawn predictions, mostly right. */
function evaluation(model = 'a <b> & "c"'): Evaluation {
  const rng = createRng(1)
  const labels = Int32Array.from({ length: 300 }, () => rng.integer(6))
  const probabilities = Float32Array.from(
    [...labels].flatMap((label) => {
      const raw = Array.from({ length: 6 }, (_, index) => rng.uniform() + (index === label ? 0.7 : 0))
      return raw.map((value) => value / raw.reduce((sum, other) => sum + other, 0))
    }),
  )
  return {
    model,
    labelSet: 'iemocap6',
    split: 'test',
    mode: 'live',
    modalities: ['text', 'audio'],
    conversations: 12,
    scores: scorePredictions([{ labels, probabilities }], 6),
  }
}

describe('renderReport', () => {
  it('stands alone: no script, nothing to fetch, the model name escaped', () => {
    const page = renderReport(evaluation())
    expect(page).not.toMatch(/<script|<link|<img|url\(|https?:|@import/)
    expect(page).toContain('a &#60;b&#62; &#38; &#34;c&#34;')
    expect(page).not.toContain('<b> &')
  })

  it('draws for a class and a bin without utterances too', () => {
    const empty = { ...evaluation(), scores: scorePredictions([], 6) }
    expect(renderReport(empty)).not.toContain('NaN')
  })

  it.skipIf(!existsSync(CHROMIUM))(
    'shows every count, within the window, in light and dark, wide and narrow',
    async () => {
      const shown = evaluation()
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
      try {
        for (const [width, colorScheme] of [
          [1200, 'light'],
          [390, 'dark'],
        ] as const) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          await page.setContent(renderReport(shown))
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
          const counts = await page.locator('.cell .count').allTextContents()
          expect(counts.map(Number)).toEqual(shown.scores.confusion.flat())
          expect(await page.locator('.gap').count()).toBe(
            shown.scores.reliability.filter((bin) => bin.count > 0).length,
          )
          const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
          expect(background).toBe(colorScheme === 'light' ? 'rgb(246, 245, 242)' : 'rgb(20, 23, 26)')
        }
      } finally {
        await browser.close()
      }
    },
  )
})

describe('renderTable', () => {
  it('has a line for each class, in the table and in the matrix', () => {
    const table = renderTable(evaluation('m'))
    for (const title of ['happy', 'sad', 'neutral', 'angry', 'excited', 'frustrated']) {
      expect(table.split('\n').filter((line) => line.startsWith(title))).toHaveLength(2)
    }
  })

  it('draws bars of their length in eighths', () => {
    expect(drawBar(0.5, 8)).toBe('████    ')
    expect(drawBar(0.53125, 4)).toBe('██▏ ')
    expect(drawBar(2, 3)).toBe('███')
    expect(drawBar(-1, 3)).toBe('   ')
  })
})

it('evaluationJson has the keys that the documentation names', () => {
  const json = evaluationJson(evaluation('m'))
  expect(Object.keys(json.per_class)).toEqual(['hap', 'sad', 'neu', 'ang', 'exc', 'fru'])
  expect(json.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(json.utterances)
  expect(json).toMatchObject({ mode: 'live', split: 'test', utterances: 300, model: 'm', label_set: 'iemocap6' })
})
