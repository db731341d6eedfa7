import * as tf from '@tensorflow/tfjs'
import type { Parameter } from '../crossmodal/parameters.ts'
import { EmographError } from '../errors.ts'
import { createConversationGraph } from '../graph/conversation-graph.ts'
import { edgeList } from '../graph/edge-list.ts'
import { publishedRelationKey, relationTypes } from '../graph/relations.ts'
import { type Batch, makeBatch } from './batch.ts'
import type { BatchStatistics } from './batch-norm.ts'
import { type Corect, createCorect } from './corect.ts'
import { corectParameters } from './corect-parameters.ts'
import type { PublishedFixture } from './published-fixture.ts'
import { fromPublished, publishedOutput, publishedParameter } from './published-names.ts'

/** Bounds on the largest absolute difference, by kind. Edges: how many are in only one of the two graphs. */
const PARITY_BOUNDS = { edges: 0, outputs: 1e-4, gradients: 1e-4, training: 1e-3 } as const

/** One line of the report: a group of numbers and the largest difference in it. */
export interface Comparison {
  readonly group: string
  readonly numbers: number
  readonly difference: number
  readonly bound: number
  readonly passed: boolean
}

export interface ParityReport {
  readonly file: string
  readonly passed: boolean
  readonly comparisons: readonly Comparison[]
}

/**
 * Holds the port against a recorded run of the published code, with its weights and inputs: edges and relations, every
 * intermediate output and the log-probabilities, every gradient of the loss (mean negative log-likelihood), and the
 * losses of Adam's steps with the log-probabilities after them. Runs on the backend that is set.
 *
 * @throws EMO_FILE_FORMAT, EMO_SHAPE_MISMATCH when the fixture lacks something or has something that is not compared.
 */
export function verifyParity(fixture: PublishedFixture): ParityReport {
  const model = createCorect(fixture.config, { weights: publishedWeights(fixture) })
  const batch = makeBatch([fixture.conversation], fixture.config)
  try {
    const comparisons = [
      ...compareEdges(fixture),
      ...compareOutputs(fixture, model, batch),
      ...compareGradients(fixture, model, batch),
      ...compareTraining(fixture, model, batch),
    ]
    return { file: fixture.file, passed: comparisons.every(({ passed }) => passed), comparisons }
  } finally {
    batch.dispose()
    model.dispose()
  }
}

/** The fixture's weights under our names and in our layout; parameters that the published model lacks begin at zero. */
function publishedWeights({ config, tensors }: PublishedFixture): Map<string, Float32Array> {
  return new Map(
    corectParameters(config).map((parameter) => {
      const published = publishedParameter(parameter, config)
      const size = parameter.shape.reduce((product, length) => product * length, 1)
      if (published === undefined) return [parameter.name, new Float32Array(size)]
      return [parameter.name, fromPublished(parameter, published, tensors.get(`weight/${published.name}`))]
    }),
  )
}

/** Edges as `source target relation`, nodes numbered modality by modality. */
function compareEdges({ config, conversation, relations, tensors, file }: PublishedFixture): Comparison[] {
  const { modalities, past, future } = config
  const graph = createConversationGraph({ modalities, past, future, mode: 'offline' })
  for (let i = 0; i < conversation.length; i++) graph.add(modalities)
  const keys = relationTypes(modalities).map((relation) => relations[publishedRelationKey(relation, modalities)])
  const edges = edgeList(graph)
  const ours = Array.from(edges.kind, (_, e) => {
    const source = edges.sourceSlot[e]! * conversation.length + edges.source[e]!
    const target = edges.targetSlot[e]! * conversation.length + edges.target[e]!
    return `${source} ${target} ${keys[edges.relation[e]!]}`
  })
  const index = required(tensors, 'graph/edge_index', file)
  const types = required(tensors, 'graph/edge_type', file)
  const theirs = Array.from(types, (type, e) => `${index[e]} ${index[types.length + e]} ${type}`)
  const [a, b] = [new Set(ours), new Set(theirs)]
  const different = ours.filter((edge) => !b.has(edge)).length + theirs.filter((edge) => !a.has(edge)).length
  return [compared('edges and relations', theirs.length, different, PARITY_BOUNDS.edges)]
}

function compareOutputs({ config, tensors, file }: PublishedFixture, model: Corect, batch: Batch): Comparison[] {
  const { logits, trace = {} } = model.forward(batch, { mode: 'offline', trace: true })
  const outputs = { ...trace, log_prob: tf.logSoftmax(logits) }
  const left = new Set([...tensors.keys()].filter((name) => name.startsWith('expect/')))
  const comparisons = Object.entries(outputs).map(([name, output]) => {
    const published = `expect/${publishedOutput(name, config.modalities)}`
    left.delete(published)
    const expected = required(tensors, published, file)
    const title = name === 'log_prob' ? 'log-probabilities' : `output ${name}`
    return compareNumbers(title, output.dataSync(), expected, PARITY_BOUNDS.outputs)
  })
  tf.dispose([logits, outputs])
  if (left.size > 0) throw formatError(file, [...left].join(', '), 'only outputs that the model has', 'others')
  return comparisons
}

function compareGradients(fixture: PublishedFixture, model: Corect, batch: Batch): Comparison[] {
  const { config, tensors, file } = fixture
  const { value, grads } = tf.variableGrads(() => trainingLoss(model, batch).loss)
  value.dispose()
  const groups = new Map<string, { numbers: number; difference: number }>()
  const left = new Set([...tensors.keys()].filter((name) => name.startsWith('grad/')))
  for (const parameter of corectParameters(config)) {
    const published = parameter.trainable === false ? undefined : publishedParameter(parameter, config)
    if (published === undefined) continue
    left.delete(`grad/${published.name}`)
    const expected = fromPublished(parameter, published, tensors.get(`grad/${published.name}`))
    const gradient = grads[model.variables.get(parameter.name)!.name]!.dataSync()
    const group = groups.get(groupOf(parameter)) ?? { numbers: 0, difference: 0 }
    const difference = Math.max(group.difference, largestDifference(gradient, expected))
    groups.set(groupOf(parameter), { numbers: group.numbers + expected.length, difference })
  }
  tf.dispose(grads)
  if (left.size > 0)
    throw formatError(file, [...left].join(', '), 'only gradients of parameters of the model', 'others')
  return [...groups].map(([group, { numbers, difference }]) =>
    compared(`gradients ${group}`, numbers, difference, PARITY_BOUNDS.gradients),
  )
}

function compareTraining(fixture: PublishedFixture, model: Corect, batch: Batch): Comparison[] {
  const { adam, tensors, file } = fixture
  const expected = required(tensors, 'train/losses', file)
  const optimiser = tf.train.adam(adam.lr, adam.beta1, adam.beta2, adam.eps)
  const losses = Array.from(expected, () => {
    const cost = optimiser.minimize(() => {
      const { loss, batchStatistics } = trainingLoss(model, batch)
      model.updateRunningStatistics(batchStatistics === undefined ? [] : [batchStatistics])
      return loss
    }, true)!
    const value = cost.dataSync()[0]!
    cost.dispose()
    return value
  })
  optimiser.dispose()
  const after = tf.tidy(() => tf.logSoftmax(model.forward(batch, { mode: 'offline' }).logits).dataSync())
  return [
    compareNumbers(`losses of ${expected.length} Adam steps`, losses, expected, PARITY_BOUNDS.training),
    compareNumbers(
      'log-probabilities after them',
      after,
      required(tensors, 'train/log_prob_after', file),
      PARITY_BOUNDS.training,
    ),
  ]
}

/**
 * Mean negative log-likelihood of the labels, as torch's NLLLoss, in training: batch normalisation by the batch's own
 * statistics (no dropout: the configuration's rates are 0).
 */
function trainingLoss(model: Corect, batch: Batch): { loss: tf.Scalar; batchStatistics?: BatchStatistics } {
  const { logits, ...rest } = model.forward(batch, { mode: 'offline', training: { seed: 0 } })
  const classes = logits.shape[2]
  const labels = tf.oneHot(batch.labels.flatten(), classes).cast('float32')
  const logProbabilities = tf.logSoftmax(logits.reshape<tf.Tensor2D>([-1, classes]))
  return { loss: tf.neg(tf.div(tf.sum(tf.mul(labels, logProbabilities)), tf.sum(labels))), ...rest }
}

/** `crossmodal.text.audio`, `graph.rgcn`, `text`: parameters that the report shows together. */
function groupOf({ name }: Parameter): string {
  const [area, first, second] = name.split('.')
  if (area === 'crossmodal') return `crossmodal ${first}.${second}`
  return area === 'graph' ? `graph ${first}` : area!
}

function compareNumbers(group: string, ours: ArrayLike<number>, theirs: ArrayLike<number>, bound: number): Comparison {
  return compared(group, theirs.length, largestDifference(ours, theirs), bound)
}

function compared(group: string, numbers: number, difference: number, bound: number): Comparison {
  return { group, numbers, difference, bound, passed: difference <= bound }
}

/** Infinite when the lengths differ or anything is NaN: such a thing never passes. */
function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!)
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY
    largest = Math.max(largest, difference)
  }
  return largest
}

function required(tensors: PublishedFixture['tensors'], name: string, file: string): Float32Array | Int32Array {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw formatError(file, name, 'a tensor of this name', 'none')
  return tensor.data
}

function formatError(file: string, field: string, expected: string, got: string): EmographError {
  return new EmographError('EMO_FILE_FORMAT', { file, field, expected, got })
}
