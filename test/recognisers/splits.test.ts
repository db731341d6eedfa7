import { describe, expect, it } from 'vitest'
import type { LabelledMedia } from '../../src/datasets/labelled-media.ts'
import { splittingSchema } from '../../src/recognisers/config.ts'
import { assignSplits } from '../../src/recognisers/splits.ts'

const item = (label: string, more: Partial<LabelledMedia> = {}): LabelledMedia => ({
  id: label,
  label,
  read: async () => new Uint8Array(),
  ...more,
})
const splitting = (fields: object) => splittingSchema.parse(fields)

describe('assignSplits', () => {
  it('keeps every item of a person on one side', () => {
    const items = ['a', 'b', 'c', 'a', 'b', 'c'].map((person) => item('happy', { person }))
    expect(assignSplits(items, splitting({ valPersons: ['b'], testPersons: ['c'] }))).toEqual([
      'train',
      'val',
      'test',
      'train',
      'val',
      'test',
    ])
  })

  it('takes a share of each class of the training items where there is no val', () => {
    const items = [
      ...Array.from({ length: 40 }, () => item('happy')),
      ...Array.from({ length: 20 }, () => item('sad')),
      ...Array.from({ length: 10 }, () => item('sad', { split: 'test' })),
    ]
    const splits = assignSplits(items, splitting({ valShare: 0.25 }))
    const count = (label: string, split: string) =>
      items.filter((each, k) => each.label === label && splits[k] === split).length
    expect([count('happy', 'val'), count('sad', 'val'), count('sad', 'test')]).toEqual([10, 5, 10])
    expect(assignSplits(items, splitting({ valShare: 0.25 }))).toEqual(splits)
    expect(assignSplits(items, splitting({ valShare: 0.25, seed: 2 }))).not.toEqual(splits)
  })

  it('a set without a test part may give its validation part for it', () => {
    const items = [
      ...Array.from({ length: 10 }, () => item('happy', { split: 'train' })),
      item('happy', { split: 'val' }),
    ]
    const splits = assignSplits(items, splitting({ valIsTest: true }))
    expect(splits.at(-1)).toBe('test')
    expect(splits.filter((split) => split === 'val')).toHaveLength(1)
  })
})
