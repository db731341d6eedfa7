import * as tf from '@tensorflow/tfjs'
import type { PerModality } from '../conversation/modality.ts'
import { MODES, type Mode } from '../conversation/mode.ts'
import { createConversationGraph } from '../graph/conversation-graph.ts'
import { edgeList } from '../graph/edge-list.ts'
import { type Batch, makeBatch } from './batch.ts'
import { prefix, REPLACEMENTS, randomConversation, withFuture } from './causality-cases.ts'
import { classCount } from './config.ts'
import type { Corect } from './corect.ts'
import type { PreparedConversation } from './prepare.ts'

/** Bound on every probability and gradient that must not change or be. */
export const CAUSALITY_BOUND = 1e-6

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
        cases(conversations).map(([whole, last]) => {
          const other = withFuture(whole, last, kind, seed)
          return difference(model, whole, other, last)
        }),
      ),
    ),
    check(
      'prefix alone',
      cases(conversations, true).map(([whole, last]) => difference(model, whole, prefix(whole, last), last)),
    ),
    check(
      'gradient at later inputs',
      cases(conversations).map(([whole, last]) => futureGradient(model, whole, last)),
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

/** Largest difference of the live probabilities up to `last` between two conversations. */
function difference(model: CheckedModel, one: PreparedConversation, other: PreparedConversation, last: number): number {
  const [a] = probabilities(model, [one], 'live')
  const [b] = probabilities(model, [other], 'live')
  return largest(a!.subarray(0, (last + 1) * classCount(model.config)), b!)
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

/** Edges whose source is later than its target: in the live graph itself, and in the tensors that the layers take. */
function wrongEdges(model: CheckedModel, conversation: PreparedConversation): number {
  const { modalities, past, future } = model.config
  const graph = createConversationGraph({ modalities, past, future, mode: 'live' })
  for (let i = 0; i < conversation.length; i++) {
    graph.add(modalities.filter((modality) => conversation.present[modality]![i] === 1))
  }
  const edges = edgeList(graph)
  const backward = edges.source.filter((source, e) => source > edges.target[e]!).length
  const batch = makeBatch([conversation], model.config)
  const wrong = backward + tf.tidy(() => wrongMessages(batch))
  batch.dispose()
  return wrong
}

function wrongMessages(batch: Batch): number {
  const { earlier, later, attention } = batch.graph('live')
  const count = (values: Float32Array, isEdge: (value: number) => boolean): number =>
    values.filter((value, k) => {
      const [source, target] = [k % batch.length, Math.floor(k / batch.length) % batch.length]
      return source > target && isEdge(value)
    }).length
  return (
    count(earlier.dataSync<'float32'>(), (value) => value !== 0) +
    count(attention.dataSync<'float32'>(), (value) => value === 0) +
    (later === null ? 0 : count(later.dataSync<'float32'>(), (value) => value !== 0))
  )
}

function batchDifferences(model: CheckedModel, conversations: readonly PreparedConversation[], mode: Mode): number[] {
  const together = probabilities(model, conversations, mode)
  return conversations.map((conversation, b) => largest(probabilities(model, [conversation], mode)[0]!, together[b]!))
}

/** Each conversation with utterances t to look at: the first, the middle, the last but one (and the last). */
function cases(conversations: readonly PreparedConversation[], withLast = false): [PreparedConversation, number][] {
  return conversations.flatMap((conversation) => {
    const end = conversation.length - (withLast ? 1 : 2)
    const cuts = new Set([0, Math.floor(end / 2), end].filter((cut) => cut >= 0 && cut <= end))
    return [...cuts].map((cut): [PreparedConversation, number] => [conversation, cut])
  })
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
