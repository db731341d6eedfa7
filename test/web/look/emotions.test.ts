import { describe, expect, test } from 'vitest'
import { LABEL_SETS, type LabelSetName } from '../../../src/conversation/label-sets.ts'
import { emotionHue, emotionSign } from '../../../web/src/look/emotions.ts'

type Triple = readonly [number, number, number]

/** Machado, Oliveira, Fernandes 2009, severity 1, over linear RGB. */
const VISION: Record<string, readonly Triple[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** What the marks are drawn on: `--card` of web/src/styles/theme.css. */
const CARD = { light: '#ffffff', dark: '#191b21' } as const
/** In OKLab; one hundredth is about what can just be told apart side by side. */
const APART = 0.07

const themes = ['light', 'dark'] as const
const sets = Object.keys(LABEL_SETS) as LabelSetName[]

describe.each(themes)('%s', (theme) => {
  test.each(sets)('%s: hues stay apart in every kind of colour vision', (set) => {
    const labels = LABEL_SETS[set]
    for (const [name, matrix] of Object.entries(VISION))
      for (const a of labels)
        for (const b of labels) {
          if (a === b) continue
          const distance = Math.hypot(
            ...oklab(seen(matrix, emotionHue(a)[theme])).map(
              (value, i) => value - oklab(seen(matrix, emotionHue(b)[theme]))[i]!,
            ),
          )
          expect(distance, `${a} and ${b}, ${name}`).toBeGreaterThan(APART)
        }
  })

  test.each(sets)('%s: every hue stands out from the page by 3:1 (WCAG 1.4.11)', (set) => {
    for (const label of LABEL_SETS[set])
      expect(contrast(emotionHue(label)[theme], CARD[theme]), label).toBeGreaterThanOrEqual(3)
  })
})

test.each(sets)('%s: a sign of its own for every emotion', (set) => {
  expect(new Set(LABEL_SETS[set].map(emotionSign)).size).toBe(LABEL_SETS[set].length)
})

function linear(hex: string): Triple {
  const at = (i: number): number => {
    const value = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [at(1), at(3), at(5)]
}

function seen(matrix: readonly Triple[], hex: string): Triple {
  const [r, g, b] = linear(hex)
  const row = (i: number): number => Math.min(1, Math.max(0, matrix[i]![0] * r + matrix[i]![1] * g + matrix[i]![2] * b))
  return [row(0), row(1), row(2)]
}

/** Ottosson 2020. */
function oklab([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [r, g, b] = linear(hex)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
