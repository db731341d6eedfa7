import { EmographError } from '../errors.ts'
import type { OnIemocapIrregularity } from './iemocap-irregularities.ts'
import { parseIemocapTurnId } from './iemocap-turn-id.ts'
import { textLines } from './text-lines.ts'
import { requireTimeOrder } from './validation.ts'

/** The release's categories by their three letters; `xxx`: no majority, `oth`: other. */
const CATEGORIES = ['neu', 'hap', 'sad', 'ang', 'sur', 'fea', 'dis', 'fru', 'exc', 'oth', 'xxx'] as const
export type IemocapCategory = (typeof CATEGORIES)[number]

/** Annotators write the category's whole name. */
const NAMES: Readonly<Record<string, IemocapCategory>> = {
  neutral: 'neu',
  'neutral state': 'neu',
  happiness: 'hap',
  sadness: 'sad',
  anger: 'ang',
  surprise: 'sur',
  fear: 'fea',
  disgust: 'dis',
  frustration: 'fru',
  excited: 'exc',
  other: 'oth',
}

/** A turn as `dialog/EmoEvaluation/DIALOGUE.txt` rates it. Times in ms; attributes 1 to 5, the annotators' mean. */
export interface RatedTurn {
  readonly id: string
  readonly startMs: number
  readonly endMs: number
  /** The majority of the annotators. */
  readonly category: IemocapCategory
  readonly valence: number
  readonly activation: number
  readonly dominance: number
  /** How many annotators chose a category; one may choose several. Self-evaluation does not count. */
  readonly votes: ReadonlyMap<IemocapCategory, number>
  /** Of the file, from 1. */
  readonly line: number
}

const SUMMARY = /^\[\s*([^\]]*?)\s*\]\s+(\S+)\s+(\S+)\s+\[([^\]]*)\]\s*$/
const SECONDS = /^\d+(?:\.\d+)?$/
/** `C-E1:`, `A-F1:`; older files write `C-M` without a number. */
const ANNOTATOR = /^([CA])-([EFM])\d?\s*:\s*(.*)$/

/**
 * The rated turns of a dialogue in the order of the file: a line `[6.2901 - 8.2357] NAME neu [2.5, 2.5, 2.5]`, then one
 * line an annotator with categories (`C-E2: Neutral; ()`) or attributes (`A-E3: val 3; act 2; dom 2; ()`).
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT for a summary line that is broken, EMO_TIME_ORDER.
 */
export async function readIemocapEvaluation(
  file: string,
  dialogue: string,
  onIrregular?: OnIemocapIrregularity,
): Promise<Map<string, RatedTurn>> {
  const turns = new Map<string, RatedTurn>()
  let open: { readonly turn: RatedTurn; readonly votes: Map<IemocapCategory, number> } | undefined
  const close = (): void => {
    if (open !== undefined && outvoted(open.turn)) {
      onIrregular?.({ kind: 'vote-differs', file, line: open.turn.line })
    }
    open = undefined
  }
  for await (const { number: line, text } of textLines(file)) {
    if (text.startsWith('[')) {
      close()
      const votes = new Map<IemocapCategory, number>()
      const turn = { ...parseSummary(text, { file, line }, dialogue), votes, line }
      if (turns.has(turn.id)) throw wrong({ file, line, field: 'turn' }, 'each turn once', `${turn.id} again`)
      turns.set(turn.id, turn)
      open = { turn, votes }
      continue
    }
    if (text.trim() === '' || text.startsWith('%')) continue
    const annotator = ANNOTATOR.exec(text)
    if (annotator === null || open === undefined) onIrregular?.({ kind: 'stray-line', file, line })
    else if (annotator[1] === 'C' && annotator[2] === 'E') {
      for (const category of categoriesOf(annotator[3]!)) open.votes.set(category, (open.votes.get(category) ?? 0) + 1)
    }
  }
  close()
  return turns
}

interface Place {
  readonly file: string
  readonly line: number
}

function parseSummary(text: string, place: Place, dialogue: string): Omit<RatedTurn, 'votes' | 'line'> {
  const parts = SUMMARY.exec(text)
  if (parts === null)
    throw wrong({ ...place, field: 'line' }, '[START - END], a name, a label and [V, A, D]', 'another form')
  const [times, id, category, attributes] = parts.slice(1) as [string, string, string, string]
  const [startMs, endMs] = parseTimes(times, place)
  const name = parseIemocapTurnId(id)
  if (name?.dialogue !== dialogue || !name.numbered)
    throw wrong({ ...place, field: 'turn' }, `a turn of ${dialogue}, such as ${dialogue}_F000`, 'another name')
  if (!isCategory(category)) {
    const fix = 'Compare the line with the release as it was sent to you.'
    const detail = { ...place, field: 'label', expected: `one of ${CATEGORIES.join(', ')}`, got: 'another word', fix }
    throw new EmographError('EMO_LABEL_UNKNOWN', detail)
  }
  const numbers = attributes.split(',').map((part) => part.trim())
  if (numbers.length !== 3 || !numbers.every((part) => SECONDS.test(part)))
    throw wrong({ ...place, field: 'attributes' }, 'three numbers: valence, activation, dominance', 'something else')
  const [valence, activation, dominance] = numbers.map(Number) as [number, number, number]
  return { id, startMs, endMs, category, valence, activation, dominance }
}

/** `6.2901 - 8.2357` or `006.2901-008.2357`, seconds, as ms. @throws EMO_FILE_FORMAT, EMO_TIME_ORDER */
export function parseTimes(text: string, place: Place): [startMs: number, endMs: number] {
  const seconds = text.split('-').map((part) => part.trim())
  if (seconds.length !== 2 || !seconds.every((part) => SECONDS.test(part)))
    throw wrong({ ...place, field: 'time' }, 'START - END in seconds', 'something else')
  const [startMs, endMs] = seconds.map((part) => Math.round(Number(part) * 1000)) as [number, number]
  requireTimeOrder(startMs, endMs, { ...place, field: 'time' })
  return [startMs, endMs]
}

/** `Neutral; Frustration; (words)`: categories, then a free remark in parentheses. */
function categoriesOf(text: string): IemocapCategory[] {
  return text
    .replace(/\(.*$/, '')
    .split(';')
    .map((name) => NAMES[name.trim().toLowerCase()])
    .filter((category) => category !== undefined)
}

/** Whether more annotators chose one other category than the one that the release names the majority. */
function outvoted({ category, votes }: RatedTurn): boolean {
  if (category === 'xxx' || votes.size === 0) return false
  return Math.max(...votes.values()) > (votes.get(category) ?? 0)
}

const isCategory = (word: string): word is IemocapCategory => (CATEGORIES as readonly string[]).includes(word)

const wrong = (place: Place & { field: string }, expected: string, got: string): EmographError =>
  new EmographError('EMO_FILE_FORMAT', { ...place, expected, got })
