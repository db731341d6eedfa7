import { basename } from 'node:path'

/** The digits of {@link gridSentence} as words. */
export const DIGITS: Readonly<Record<string, string>> = {
  ...{ z: 'zero', 1: 'one', 2: 'two', 3: 'three', 4: 'four' },
  ...{ 5: 'five', 6: 'six', 7: 'seven', 8: 'eight', 9: 'nine' },
}

/** One letter of the code a word: command, colour, preposition, letter, digit, adverb. */
const CODE: readonly Readonly<Record<string, string>>[] = [
  { b: 'bin', l: 'lay', p: 'place', s: 'set' },
  { b: 'blue', g: 'green', r: 'red', w: 'white' },
  { a: 'at', b: 'by', i: 'in', w: 'with' },
  {},
  DIGITS,
  { a: 'again', n: 'now', p: 'please', s: 'soon' },
]

/**
 * What is said in a clip of the GRID corpus (Cooke et al. 2006, CC BY 4.0), whose file is named by the sentence: `lbbc2a.mpg`
 * is "lay blue by c two again". Undefined for a file with a name of another length.
 */
export function gridSentence(file: string): string | undefined {
  const [code] = basename(file).split('.')
  if (code?.length !== CODE.length) return undefined
  return [...code].map((letter, i) => CODE[i]![letter] ?? letter).join(' ')
}
