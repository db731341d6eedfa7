import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loopAt } from '../../../src/encoders/speech/repetition.ts'

const tokens = fc.array(fc.nat(40), { maxLength: 30 })

/** The definition, tried out: the shortest phrase that the tokens end with often enough, and how often at most. */
function slowLoopAt(list: readonly number[]): number | undefined {
  for (let phrase = 1; phrase <= 12; phrase++) {
    const period = (at: number): boolean => list[at] === list[at + phrase]
    let start = list.length - phrase
    while (start > 0 && period(start - 1)) start--
    const run = list.length - start
    if (start >= 0 && run >= 4 * phrase && run >= 16) return start + phrase
  }
  return undefined
}

describe('loopAt', () => {
  test('agrees with its definition on any tokens', () => {
    const phrases = fc.tuple(tokens, fc.array(fc.nat(3), { minLength: 1, maxLength: 14 }), fc.nat(20))
    fc.assert(
      fc.property(phrases, ([head, phrase, times]) => {
        const list = [...head, ...Array.from({ length: times }, () => phrase).flat()]
        expect(loopAt(list)).toBe(slowLoopAt(list))
      }),
    )
  })

  test('leaves a phrase that is said five times once', () => {
    fc.assert(
      fc.property(
        tokens,
        fc.uniqueArray(fc.integer({ min: 100, max: 200 }), { minLength: 4, maxLength: 12 }),
        (head, phrase) => {
          const list = [...head, ...Array.from({ length: 5 }, () => phrase).flat()]
          expect(list.slice(0, loopAt(list))).toEqual([...head, ...phrase])
        },
      ),
    )
  })

  test('says nothing of what people say: a word four times, or nothing twice', () => {
    expect(loopAt([5, 9, 5, 9, 5, 9, 5, 9])).toBeUndefined()
    fc.assert(fc.property(fc.uniqueArray(fc.nat(1e6)), (list) => loopAt(list) === undefined))
  })
})
