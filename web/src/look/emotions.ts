import { LABEL_TITLES } from '../../../src/conversation/label-sets.ts'

/** One colour for the light page and one for the dark. */
export interface Hue {
  readonly light: string
  readonly dark: string
}

/**
 * A hue for each emotion, the same in bars, timeline and graph. Within a label set they stay apart for the three common
 * kinds of colour blindness and stand out from the page by 3:1 (test/web/look); beside each stands its name or sign, for
 * colour is never the only signal.
 */
const HUES = {
  amber: { light: '#c08000', dark: '#f4cf6a' },
  rose: { light: '#c0358f', dark: '#f094c8' },
  grey: { light: '#8c919c', dark: '#878c97' },
  blue: { light: '#1f52c4', dark: '#4f98f7' },
  red: { light: '#a81c0c', dark: '#e0412f' },
  violet: { light: '#4b2a66', dark: '#9350c4' },
  green: { light: '#0a5f4c', dark: '#7df5ec' },
} as const satisfies Record<string, Hue>

interface Look {
  readonly hue: Hue
  /** A shape that tells the emotion without its colour. */
  readonly sign: string
}

const LOOKS: Readonly<Record<string, Look>> = {
  hap: { hue: HUES.amber, sign: '●' },
  happy: { hue: HUES.amber, sign: '●' },
  joy: { hue: HUES.amber, sign: '●' },
  positive: { hue: HUES.amber, sign: '●' },
  exc: { hue: HUES.rose, sign: '★' },
  surprise: { hue: HUES.rose, sign: '★' },
  surprised: { hue: HUES.rose, sign: '★' },
  neu: { hue: HUES.grey, sign: '■' },
  neutral: { hue: HUES.grey, sign: '■' },
  sad: { hue: HUES.blue, sign: '▼' },
  sadness: { hue: HUES.blue, sign: '▼' },
  negative: { hue: HUES.blue, sign: '▼' },
  ang: { hue: HUES.red, sign: '▲' },
  anger: { hue: HUES.red, sign: '▲' },
  angry: { hue: HUES.red, sign: '▲' },
  fru: { hue: HUES.violet, sign: '◆' },
  disgust: { hue: HUES.violet, sign: '◆' },
  fear: { hue: HUES.green, sign: '✚' },
  fearful: { hue: HUES.green, sign: '✚' },
  calm: { hue: HUES.grey, sign: '○' },
}

/** For labels of a set that this page does not know yet. */
const UNKNOWN: Look = { hue: HUES.grey, sign: '◌' }

export const emotionHue = (label: string): Hue => (LOOKS[label] ?? UNKNOWN).hue

export const emotionSign = (label: string): string => (LOOKS[label] ?? UNKNOWN).sign

/** The whole word: `frustrated` for `fru`. */
export const emotionName = (label: string): string => LABEL_TITLES[label] ?? label

/** Three letters, where a word has no room. */
export const emotionShort = (label: string): string => label.slice(0, 3)

/** Gives every element with `data-emotion` its colour as `--emotion`. */
export function installEmotionColours(labels: readonly string[] = Object.keys(LOOKS)): void {
  const sheet = new CSSStyleSheet()
  const rules = labels.map((label) => {
    const { light, dark } = emotionHue(label)
    return `[data-emotion="${label}"] { --emotion: light-dark(${light}, ${dark}) }`
  })
  sheet.replaceSync(rules.join('\n'))
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
