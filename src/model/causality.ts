import * as tf from '@tensorflow/tfjs'
import type { PerModality } from '../conversation/modality.ts'
import { MODES, type Mode } from '../conversation/mode.ts'
import { type ConversationGraph, createConversationGraph } from '../graph/conversation-graph.ts'
import { edgeList } from '../graph/edge-list.ts'
import type { GraphTensors } from '../graph/graph-tensors.ts'
import { makeBatch } from './batch.ts'
import { prefix, REPLACEMENTS, type Replacement, randomConversation, withFuture } from './causality-cases.ts'
import { classCount } from './config.ts'
import type { Corect } from './corect.ts'
import type { PreparedConversation } from './prepare.ts'

/** Bound on every probability and gradient that must not change or be. */
const CAUSALITY_BOUND = 1e-6

/** What is checked: anything with the model's configuration and forward pass. */
export type CheckedModel = Pick<Corect, 'config' | 'forward'>

export interface CausalityCheck {
  readonly check: string
  readonly cases: number
  /** The largest difference of a probability, gradient, or number of wrong edges. */
  readonly difference: number
  readonly bound: number
  readonly passed: boolean
}

export interface CausalityReport {
  readonly passed: boolean
  readonly checks: readonly CausalityCheck[]
}

export interface CausalityOptions {
  /** Lengths of the made-up conversations, which are also each other's batch-mates. */
  readonly lengths: readonly number[]
  readonly seed: number
}

/**
 * The contract of live mode, tried on made-up conversations with missing modalities: (1) another future changes no
 * probability up to t; (2) the prefix alone gives what the whole gives; (3) the logits at t have no gradient at later
 * inputs; (4) no edge points back in time, neither in the graph nor in what the layers take. And in both modes: padding
 * and batch-mates change nothing.
 */
export function checkCausality(model: CheckedModel, { lengths, seed }: CausalityOptions): CausalityReport {
  const conversations = lengths.map((length, i) => randomConversation(model.config, length, seed + i))
  const checks = [
    ...REPLACEMENTS.map((kind) =>
      check(
        `future replaced by ${kind}`,
        conversations.flatMap((whole) => futureDifferences(model, whole, kind, seed)),
      ),
    ),
    check(
      'prefix alone',
      conversations.flatMap((whole) => prefixDifferences(model, whole)),
    ),
    check(
      'gradient at later inputs',
      conversations.flatMap((whole) => cuts(whole.length - 2).map((last) => futureGradient(model, whole, last))),
    ),
    check(
      'edges back in time',
      conversations.map((conversation) => wrongEdges(model, conversation)),
      0,
    ),
    ...MODES.map((mode) => check(`padding and batch-mates, ${mode}`, batchDifferences(model, conversations, mode))),
  ]
  return { passed: checks.every(({ passed }) => passed), checks }
}

/** Probabilities [N * C] of each conversation of one batch. */
function probabilities(
  model: CheckedModel,
  conversations: readonly PreparedConversation[],
  mode: Mode,
): Float32Array[] {
  const batch = makeBatch(conversations, model.config)
  const all = tf.tidy(() => tf.softmax(model.forward(batch, { mode }).logits).dataSync<'float32'>())
  const classes = classCount(model.config)
  const stride = batch.length * classes
  batch.dispose()
  return conversations.map(({ length }, b) => all.slice(b * stride, b * stride + length * classes))
}

/** Largest difference of the live probabilities up to each cut, when what follows it is replaced. */
function futureDifferences(
  model: CheckedModel,
  whole: PreparedConversation,
  kind: Replacement,
  seed: number,
): number[] {
  const ends = cuts(whole.length - 2)
  const others = ends.map((last, i) => withFuture(whole, last, kind, seed + i))
  const [expected, ...given] = probabilities(model, [whole, ...others], 'live')
  const classes = classCount(model.config)
  return ends.map((last, i) => largest(expected!.subarray(0, (last + 1) * classes), given[i]!))
}

/** Largest difference between the live probabilities of the whole and those of each prefix, computed by itself. */
function prefixDifferences(model: CheckedModel, whole: PreparedConversation): number[] {
  const [expected] = probabilities(model, [whole], 'live')
  return cuts(whole.length - 1).map((last) => {
    const [given] = probabilities(model, [prefix(whole, last)], 'live')
    return largest(given!, expected!)
  })
}

/** Largest gradient of the logits at `last` with respect to the features of later utterances. */
function futureGradient(model: CheckedModel, conversation: PreparedConversation, last: number): number {
  const gradients = logitGradients(model, conversation, last)
  return Math.max(
    ...Object.values(gradients).map((values) => {
      const size = values.length / conversation.length
      return largest(values.subarray((last + 1) * size), new Float32Array(values.length))
    }),
  )
}

/** d(Σ_c c · logit_c at utterance `last`) / d features, [N * D_m] per modality, in live mode. */
export function logitGradients(
  model: CheckedModel,
  conversation: PreparedConversation,
  last: number,
): PerModality<Float32Array> {
  const { modalities } = model.config
  const batch = makeBatch([conversation], model.config)
  const gradients = tf.tidy(() => {
    const classes = classCount(model.config)
    const gradient = tf.grads((...features: tf.Tensor[]) => {
      const replaced = Object.fromEntries(modalities.map((modality, i) => [modality, features[i] as tf.Tensor3D]))
      const { logits } = model.forward({ ...batch, features: replaced }, { mode: 'live' })
      return tf.sum(tf.mul(tf.slice(logits, [0, last, 0], [1, 1, classes]), tf.range(1, classes + 1)))
    })
    const inputs = gradient(modalities.map((modality) => batch.features[modality]!))
    return inputs.map((input) => input.dataSync<'float32'>().slice())
  })
  batch.dispose()
  return Object.fromEntries(modalities.map((modality, i) => [modality, gradients[i]!]))
}

/** Edges that point back in time: in the live graph itself, and in the tensors that the layers take. */
function wrongEdges(model: CheckedModel, conversation: PreparedConversation): number {
  const graph = createConversationGraph({ ...model.config, mode: 'live' })
  for (let i = 0; i < conversation.length; i++) {
    const there = model.config.modalities.filter((modality) => conversation.present[modality]![i] === 1)
    graph.add(there, conversation.speakers[i]!)
  }
  const batch = makeBatch([conversation], model.config)
  const wrong = backwardEdges(graph) + backwardMessages(batch.graph('live'))
  batch.dispose()
  return wrong
}

/** How many edges of a graph have a source later than their target. */
export function backwardEdges(graph: ConversationGraph): number {
  const edges = edgeList(graph)
  return edges.source.filter((source, e) => source > edges.target[e]!).length
}

/** How many entries of a batch of whole graphs carry something from a later utterance to an earlier one. */
export function backwardMessages({ temporal, attention, sources }: GraphTensors): number {
  const count = (tensor: tf.Tensor, isEdge: (value: number) => boolean): number =>
    tensor.dataSync<'float32'>().filter((value, k) => {
      const [source, target] = [k % sources, Math.floor(k / sources) % sources]
      return source > target && isEdge(value)
    }).length
  const weights = temporal.map(({ mean }) => count(mean, (value) => value !== 0))
  return weights.reduce((sum, wrong) => sum + wrong, 0) + count(attention, (value) => value === 0)
}

function batchDifferences(model: CheckedModel, conversations: readonly PreparedConversation[], mode: Mode): number[] {
  const together = probabilities(model, conversations, mode)
  return conversations.map((conversation, b) => largest(probabilities(model, [conversation], mode)[0]!, together[b]!))
}

/** Utterances t to look at, up to `end`: the first, the middle, the last. */
function cuts(end: number): number[] {
  return end < 0 ? [] : [...new Set([0, Math.floor(end / 2), end])]
}

function check(name: string, differences: readonly number[], bound = CAUSALITY_BOUND): CausalityCheck {
  const difference = Math.max(0, ...differences)
  return { check: name, cases: differences.length, difference, bound, passed: difference <= bound }
}

/** Over the elements of `a`; infinite for NaN, which never passes. */
function largest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => {
    const difference = Math.abs(value - b[i]!)
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference)
  }, 0)
}
