/**
 * Lines of the release that are readable and yet not as its grammar says; none of them stops the reader. The words say
 * what was made of such a line.
 */
const IEMOCAP_IRREGULARITIES = {
  'no-turn-name': 'a line `M: …` or `F: …` without the name of a turn: its words belong to no turn and are left out',
  'no-time': 'a transcribed turn without a time: the rated time is taken',
  'time-differs': 'transcribed and rated time differ: the rated one is taken',
  'not-rated': 'a transcribed turn that nobody rated (most are numbered XX): left out',
  'not-transcribed': 'a rated turn without a transcript: it has no text',
  'stray-line': 'a line of no known form: left out',
  'vote-differs': 'a majority label that another one outvotes: the release stands',
} as const satisfies Record<string, string>

export type IemocapIrregularityKind = keyof typeof IEMOCAP_IRREGULARITIES

export interface IemocapIrregularity {
  readonly kind: IemocapIrregularityKind
  readonly file: string
  /** From 1. */
  readonly line: number
}

export type OnIemocapIrregularity = (irregularity: IemocapIrregularity) => void

/** How often each kind came, with its explanation; a sentence a kind, kinds that did not come left out. */
export function explainIemocapIrregularities(found: readonly IemocapIrregularity[]): string[] {
  const counts = new Map<IemocapIrregularityKind, number>()
  for (const { kind } of found) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return Array.from(counts, ([kind, count]) => `${count} × ${IEMOCAP_IRREGULARITIES[kind]}`)
}
