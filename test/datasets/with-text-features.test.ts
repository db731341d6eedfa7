import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withTextFeatures } from '../../src/datasets/with-text-features.ts'
import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import { collect } from '../support/collect.ts'
import { conversations } from '../support/conversations.ts'

it('gives every utterance with words the vector of its words, and changes nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(conversations, fc.boolean(), async (all, replace) => {
      const encoder = createFakeTextEncoder({ size: 4 })
      const progress: number[] = []
      const source = withTextFeatures(all, encoder, { replace, onProgress: (p) => progress.push(p.conversations) })
      const result = await collect(source)
      expect(progress).toEqual(all.map((_, i) => i + 1))
      for (const [c, conversation] of all.entries()) {
        for (const [i, before] of conversation.utterances.entries()) {
          const { text, ...others } = result[c]!.utterances[i]!.features
          const { text: had, ...othersBefore } = before.features
          expect(others).toEqual(othersBefore)
          const words = (before.text ?? '').trim() !== ''
          const expected = words && (replace || had === undefined) ? (await encoder.encode([before.text!]))[0] : had
          expect(text).toEqual(expected)
          expect({ ...result[c]!.utterances[i], features: 0 }).toEqual({ ...before, features: 0 })
        }
      }
    }),
    { numRuns: 60 },
  )
})
