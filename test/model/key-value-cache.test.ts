import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyValueCache, type Turn } from '../../src/model/key-value-cache.ts'
import { randomVector } from './streaming-cases.ts'

/** softmax(q·k / sqrt(d/H) + bias) v over a list of turns, head by head, in double precision. */
function plainAttention(
  query: Float32Array,
  now: Turn,
  seen: readonly { turn: Turn; key: Float32Array; value: Float32Array }[],
  heads: number,
  bias?: { speaker: Float32Array; slope: Float32Array },
): number[] {
  const size = query.length / heads
  return Array.from(query, (_, i) => {
    const head = Math.floor(i / size)
    const logits = seen.map(({ turn, key }) => {
      let logit = 0
      for (let k = head * size; k < (head + 1) * size; k++) logit += query[k]! * key[k]!
      logit /= Math.sqrt(size)
      if (bias && turn.speaker === now.speaker) logit += bias.speaker[head]!
      if (bias) logit -= bias.slope[head]! * (now.utterance - turn.utterance)
      return logit
    })
    const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return seen.reduce((sum, { value }, j) => sum + (weights[j]! / total) * value[i]!, 0)
  })
}

test('attends to the utterances in reach that have a key, however long the conversation and whatever the gaps', () => {
  const sizes = fc.record({
    heads: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 6 }),
    capacity: fc.integer({ min: 1, max: 7 }),
    biased: fc.boolean(),
    seed: fc.nat(10_000),
  })
  const turns = fc.array(fc.record({ has: fc.boolean(), speaker: fc.nat(2) }), { minLength: 1, maxLength: 25 })
  fc.assert(
    fc.property(sizes, turns, ({ heads, size, capacity, biased, seed }, turns) => {
      const width = heads * size
      const cache = createKeyValueCache(width, heads, capacity)
      const bias = biased
        ? { speaker: randomVector(heads, seed), slope: randomVector(heads, seed + 1).map(Math.abs) }
        : undefined
      const seen: { turn: Turn; key: Float32Array; value: Float32Array }[] = []
      turns.forEach(({ has, speaker }, utterance) => {
        const turn = { utterance, speaker }
        // One that was tried and taken back before.
        cache.append({ utterance, speaker: 9 }, randomVector(width, seed), randomVector(width, seed + 1))
        cache.forget(utterance)
        cache.forget(utterance)
        const [query, key, value] = [0, 1, 2].map((k) => randomVector(width, seed + 7 * utterance + k)) as [
          Float32Array,
          Float32Array,
          Float32Array,
        ]
        if (has) {
          cache.append(turn, key, value)
          seen.push({ turn, key, value })
        }
        const reach = seen.filter((entry) => utterance - entry.turn.utterance < capacity)
        const expected = plainAttention(query, turn, reach, heads, bias)
        const actual = cache.attend(query, turn, bias)
        expect(actual.length).toBe(width)
        actual.forEach((number, i) => {
          expect(Math.abs(number - expected[i]!)).toBeLessThan(1e-5)
        })
      })
    }),
  )
})

test('without a key there is nothing to take', () => {
  const cache = createKeyValueCache(4, 2, 3)
  expect(cache.attend(new Float32Array(4).fill(1), { utterance: 0, speaker: 0 })).toEqual(new Float32Array(4))
  cache.append({ utterance: 0, speaker: 0 }, new Float32Array(4).fill(1), new Float32Array(4).fill(2))
  expect(cache.attend(new Float32Array(4), { utterance: 2, speaker: 0 })).toEqual(new Float32Array(4).fill(2))
  expect(cache.attend(new Float32Array(4), { utterance: 3, speaker: 0 })).toEqual(new Float32Array(4))
})
