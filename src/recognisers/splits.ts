import type { Split } from '../conversation/conversation.ts'
import type { LabelledMedia } from '../datasets/labelled-media.ts'
import { createRng, shuffled } from '../training/rng.ts'
import type { Splitting } from './config.ts'

/**
 * The split of every item: by person where `splitting` names persons, else what the set says, else `train`; where that
 * leaves no `val`, a share of each class of `train` becomes it (of each class, so that none is left out).
 */
export function assignSplits(items: readonly LabelledMedia[], splitting: Splitting): Split[] {
  const { valPersons, testPersons, valIsTest, valShare, seed } = splitting
  const splits = items.map(({ person, split }): Split => {
    if (person !== undefined && testPersons.includes(person)) return 'test'
    if (person !== undefined && valPersons.includes(person)) return 'val'
    return split === 'val' && valIsTest ? 'test' : (split ?? 'train')
  })
  if (splits.includes('val')) return splits
  const classes = new Map<string, number[]>()
  items.forEach(({ label }, index) => {
    if (splits[index] === 'train') classes.set(label, [...(classes.get(label) ?? []), index])
  })
  for (const [label, members] of [...classes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const chosen = shuffled(members, createRng(seed, ...[...label].map((letter) => letter.charCodeAt(0))))
    for (const index of chosen.slice(0, Math.round(members.length * valShare))) splits[index] = 'val'
  }
  return splits
}
