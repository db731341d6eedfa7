import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/tensor/backend.ts'
import { labelledUtterances, totalWeight, utteranceLoss } from '../../src/training/utterance-loss.ts'
import { randomConversation } from './random-conversation.ts'

beforeAll(() => useBackend('wasm'))

const CLASSES = 4
const batches = fc.record({
  labels: fc.array(fc.integer({ min: -1, max: CLASSES - 1 }), { minLength: 1, maxLength: 12 }),
  scale: fc.double({ min: 0, max: 20, noNaN: true }),
  labelSmoothing: fc.constantFrom(0, 0.1, 0.5),
  classWeights: fc.option(fc.array(fc.constantFrom(0, 0.5, 1, 3), { minLength: CLASSES, maxLength: CLASSES }), {
    nil: undefined,
  }),
})

const logitsOf = (count: number, scale: number) =>
  Array.from({ length: count }, (_, i) => Array.from({ length: CLASSES }, (_, c) => scale * Math.sin(7 * i + 3 * c)))

/** torch.nn.functional.cross_entropy(weight, label_smoothing, reduction='sum'), utterance by utterance. */
function reference(logits: number[][], labels: number[], weights: readonly number[], smoothing: number): number {
  let sum = 0
  labels.forEach((label, i) => {
    if (label < 0) return
    const top = Math.max(...logits[i]!)
    const logTotal = top + Math.log(logits[i]!.reduce((total, value) => total + Math.exp(value - top), 0))
    logits[i]!.forEach((value, c) => {
      const target = (c === label ? 1 - smoothing : 0) + smoothing / CLASSES
      sum += target * weights[c]! * (logTotal - value)
    })
  })
  return sum
}

function lossOf(logits: number[][], labels: number[], total: number, options: Parameters<typeof utteranceLoss>[3]) {
  return tf.tidy(
    () =>
      utteranceLoss(
        tf.tensor3d([logits]),
        tf.tensor2d([labels], [1, labels.length], 'int32'),
        total,
        options,
      ).dataSync()[0]!,
  )
}

test('is the weighted, smoothed cross-entropy of the labelled utterances', () => {
  fc.assert(
    fc.property(batches, ({ labels, scale, labelSmoothing, classWeights }) => {
      const logits = logitsOf(labels.length, scale)
      const options = { labelSmoothing, ...(classWeights === undefined ? {} : { classWeights }) }
      const expected = reference(logits, labels, classWeights ?? [1, 1, 1, 1], labelSmoothing) / 5
      expect(Math.abs(lossOf(logits, labels, 5, options) - expected)).toBeLessThan(1e-5 * (1 + expected))
    }),
    { numRuns: 60 },
  )
})

test('the losses of the parts of a batch add up to its own', () => {
  fc.assert(
    fc.property(batches, fc.nat(), ({ labels, scale, labelSmoothing }, at) => {
      const cut = at % labels.length
      const logits = logitsOf(labels.length, scale)
      const parts = [
        [0, cut],
        [cut, labels.length],
      ].map(([from, to]) =>
        from === to ? 0 : lossOf(logits.slice(from, to), labels.slice(from, to), 7, { labelSmoothing }),
      )
      const whole = lossOf(logits, labels, 7, { labelSmoothing })
      expect(Math.abs(parts[0]! + parts[1]! - whole)).toBeLessThan(1e-5 * (1 + whole))
    }),
    { numRuns: 30 },
  )
})

test('the total counts each labelled utterance by its class weight', () => {
  const conversation = { ...randomConversation({ text: 2 }, 3, 1), labels: Int32Array.of(0, -1, 2) }
  expect(totalWeight([conversation], { labelSmoothing: 0 })).toBe(2)
  expect(totalWeight([conversation], { labelSmoothing: 0, classWeights: [0.5, 9, 2] })).toBe(2.5)
  expect(labelledUtterances([conversation, conversation])).toBe(4)
})
