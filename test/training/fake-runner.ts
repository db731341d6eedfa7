import type { PreparedConversation } from '../../src/model/prepare.ts'
import { argMax, type Scores, scorePredictions } from '../../src/training/metrics.ts'
import { createRng } from '../../src/training/rng.ts'
import type { StepRunner } from '../../src/training/step.ts'
import { copyArrays, type NamedArrays } from '../../src/training/weight-average.ts'

/** Logistic regression on the text features, by gradient descent with momentum: a step runner small enough to read. */
export interface FakeRunner extends StepRunner {
  /** The learning rates and seeds that it was given, in order. */
  readonly calls: { learningRate: number; seed: number; mode: string }[]
}

export function createFakeRunner(size: number, classes: number, seed: number): FakeRunner {
  const rng = createRng(seed)
  let weights: NamedArrays = new Map([['w', Float32Array.from({ length: size * classes }, () => rng.uniform() - 0.5)]])
  let moments: NamedArrays = new Map([['m', new Float32Array(size * classes)]])
  const calls: FakeRunner['calls'] = []
  return {
    calls,
    async step(conversations, { learningRate, seed: stepSeed, mode }) {
      calls.push({ learningRate, seed: stepSeed, mode })
      const [w, m] = [weights.get('w')!, moments.get('m')!]
      const gradient = new Float32Array(w.length)
      let loss = 0
      let utterances = 0
      for (const conversation of conversations) {
        const probabilities = fakeProbabilities(w, conversation, classes)
        conversation.labels.forEach((label, row) => {
          if (label < 0) return
          utterances++
          loss -= Math.log(Math.max(1e-9, probabilities[row * classes + label]!))
          for (let c = 0; c < classes; c++) {
            const error = probabilities[row * classes + c]! - (c === label ? 1 : 0)
            for (let k = 0; k < size; k++) {
              gradient[c * size + k]! += error * conversation.features.text![row * size + k]!
            }
          }
        })
      }
      for (let index = 0; index < w.length; index++) {
        m[index] = 0.9 * m[index]! + gradient[index]! / utterances
        w[index]! -= learningRate * m[index]!
      }
      return { loss: loss / utterances, gradientNorm: Math.hypot(...gradient) / utterances, utterances }
    },
    getWeights: async () => weights,
    setWeights: async (given) => {
      weights = copyArrays(given)
    },
    getOptimiserState: async () => moments,
    setOptimiserState: async (given) => {
      moments = copyArrays(given)
    },
    dispose: async () => {},
  }
}

export function fakeProbabilities(w: Float32Array, conversation: PreparedConversation, classes: number): Float32Array {
  const size = w.length / classes
  const text = conversation.features.text!
  const probabilities = new Float32Array(conversation.length * classes)
  for (let row = 0; row < conversation.length; row++) {
    const logits = Float32Array.from({ length: classes }, (_, c) => {
      let sum = 0
      for (let k = 0; k < size; k++) sum += w[c * size + k]! * text[row * size + k]!
      return sum
    })
    const top = logits[argMax(logits, 0, classes)]!
    const raised = logits.map((value) => Math.exp(value - top))
    const total = raised.reduce((sum, value) => sum + value, 0)
    probabilities.set(
      raised.map((value) => value / total),
      row * classes,
    )
  }
  return probabilities
}

export function fakeScores(
  weights: ReadonlyMap<string, Float32Array>,
  conversations: readonly PreparedConversation[],
  classes: number,
): Scores {
  return scorePredictions(
    conversations.map((conversation) => ({
      labels: conversation.labels,
      probabilities: fakeProbabilities(weights.get('w')!, conversation, classes),
    })),
    classes,
  )
}
