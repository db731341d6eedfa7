import * as tf from '@tensorflow/tfjs'
import { noDropout } from '../../crossmodal/dropout.ts'
import { linear, linearParameters } from '../../crossmodal/linear.ts'
import { type Parameter, scope, torchDefault, type Weights, within, xavier } from '../../crossmodal/parameters.ts'
import { maxOver } from './max-over.ts'
import type { Architecture, LstmConfig, NetworkSizes } from './network.ts'

/**
 * A bidirectional LSTM (Hochreiter and Schmidhuber 1997; Graves and Schmidhuber 2005): both directions' outputs, mean
 * and maximum over the steps that exist, then linear. Examples [T * D], T of each its own -> logits [B, C].
 */
export function lstm(config: LstmConfig, { width, classes }: NetworkSizes): Architecture {
  const { hidden, dropout, inputDropout, longest } = config
  const directions = ['forward', 'backward'] as const
  return {
    parameters: [
      ...directions.flatMap((name) => within(name, cellParameters(width, hidden))),
      ...within('output', linearParameters(4 * hidden, classes)),
    ],
    logits(weights, examples, pass) {
      const drop = pass?.dropout ?? noDropout
      const middles = examples.map((steps) => middle(steps, width, longest))
      const { mask, length } = stepMask(middles, width)
      const pooled = directions.flatMap((name) => {
        const order = name === 'forward' ? middles : middles.map((steps) => reversed(steps, width))
        const x = drop(timeMajor(order, width, length), inputDropout) // [T*B, D]
        return pool(run(x, length, hidden, scope(weights, name)), mask)
      })
      return linear(drop(tf.concat2d(pooled, 1), dropout), scope(weights, 'output')) // [B, C]
    },
  }
}

/** Weights of the four gates side by side: input, forget, cell, output. */
function cellParameters(width: number, hidden: number): Parameter[] {
  // A forget gate that begins open (bias 1) lets gradients through (Jozefowicz et al. 2015).
  const bias = Array.from({ length: 4 * hidden }, (_, k) => (k >= hidden && k < 2 * hidden ? 1 : 0))
  return [
    { name: 'input', shape: [width, 4 * hidden], initial: xavier(width, hidden) },
    { name: 'recurrent', shape: [hidden, 4 * hidden], initial: torchDefault(hidden) },
    { name: 'bias', shape: [4 * hidden], initial: { values: bias } },
  ]
}

/**
 * i, f, o = σ(·), g = tanh(·), c_t = f c_(t-1) + i g, h_t = o tanh(c_t). Padding lies at the end of every sequence, so
 * no step that exists sees any. x [T*B, D], step by step -> [T, B, H].
 */
function run(x: tf.Tensor2D, length: number, hidden: number, weights: Weights): tf.Tensor3D {
  const batch = x.shape[0] / length
  const recurrent = weights('recurrent') as tf.Tensor2D
  const inputs = tf.split(x.matMul(weights('input') as tf.Tensor2D).add<tf.Tensor2D>(weights('bias')), length) // T of [B, 4H]
  let h = tf.zeros([batch, hidden]) as tf.Tensor2D
  let c = h
  const outputs = inputs.map((input) => {
    const [i, f, g, o] = tf.split(input.add<tf.Tensor2D>(h.matMul(recurrent)), 4, 1) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ]
    c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
    h = o.sigmoid().mul(c.tanh())
    return h
  })
  return tf.concat2d(outputs, 0).reshape([length, batch, hidden])
}

/** Mean and maximum over the steps that exist: [T, B, H], mask [T, B, 1] -> two of [B, H]. */
function pool(outputs: tf.Tensor3D, mask: tf.Tensor3D): [tf.Tensor2D, tf.Tensor2D] {
  const mean = outputs.mul(mask).sum<tf.Tensor2D>(0).div<tf.Tensor2D>(mask.sum(0))
  // Outputs lie in (-1, 1): taking 2 off those that are padding keeps them from being the largest.
  const largest = maxOver(outputs.sub<tf.Tensor3D>(tf.sub(1, mask).mul(2)), 0)
  return [mean, largest.reshape(mean.shape)]
}

/** At most `longest` steps, from the middle. */
function middle(steps: Float32Array, width: number, longest: number): Float32Array {
  const spare = steps.length / width - longest
  if (spare <= 0) return steps
  const from = Math.floor(spare / 2)
  return steps.subarray(from * width, (from + longest) * width)
}

/** The steps from the last to the first. */
function reversed(steps: Float32Array, width: number): Float32Array {
  const count = steps.length / width
  const turned = new Float32Array(steps.length)
  for (let t = 0; t < count; t += 1) turned.set(steps.subarray(t * width, (t + 1) * width), (count - 1 - t) * width)
  return turned
}

/** Sequences [T_b * D] as one tensor [T*B, D]: all first steps, then all second ones; zeros after a sequence's end. */
function timeMajor(sequences: readonly Float32Array[], width: number, length: number): tf.Tensor2D {
  const batch = sequences.length
  const all = new Float32Array(length * batch * width)
  sequences.forEach((steps, b) => {
    for (let t = 0; t * width < steps.length; t += 1) {
      all.set(steps.subarray(t * width, (t + 1) * width), (t * batch + b) * width)
    }
  })
  return tf.tensor2d(all, [length * batch, width])
}

/** [T, B, 1]: 1 where a step exists. */
function stepMask(sequences: readonly Float32Array[], width: number): { mask: tf.Tensor3D; length: number } {
  const length = Math.max(...sequences.map((steps) => steps.length / width))
  const mask = new Float32Array(length * sequences.length)
  sequences.forEach((steps, b) => {
    for (let t = 0; t < steps.length / width; t += 1) mask[t * sequences.length + b] = 1
  })
  return { mask: tf.tensor3d(mask, [length, sequences.length, 1]), length }
}
