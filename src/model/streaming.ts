import * as tf from '@tensorflow/tfjs'
import type { Features } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import { makeBatch } from './batch.ts'
import { classCount } from './config.ts'
import type { Corect } from './corect.ts'
import { createFeaturePreparation, type PrepareOptions } from './prepare.ts'
import { receptiveField } from './receptive-field.ts'
import { createHistory, type HistoryEntry } from './streaming-history.ts'
import { createLiveModel, type LiveModel, type LiveStream } from './streaming-step.ts'

/** Offline, a label is given again when one of its probabilities has moved by more than this since it was last given. */
export const REVISION_EPSILON = 1e-6

/** One utterance as it comes: raw features, not normalised; a missing modality has no key. */
export interface UtteranceInput {
  readonly id: string
  readonly speaker: string
  readonly features: Features
}

export interface UtteranceProbabilities {
  readonly utteranceId: string
  /** [C] in the order of the label set, sums to 1. */
  readonly probabilities: Float32Array
  /** The modalities of the utterance that the model took. */
  readonly modalities: readonly Modality[]
}

/** An edge into a node of an utterance. */
export interface EdgeExplanation {
  readonly source: { readonly utteranceId: string; readonly modality: Modality }
  /** The modality of the utterance's node that it leads to. */
  readonly target: Modality
  /** Its part of that node's attention, the mean over the heads; the edges of one target sum to 1. */
  readonly share: number
}

/** The labels of one conversation, as it unfolds. */
export interface ConversationLabeller {
  readonly mode: Mode
  /** Utterances so far. */
  readonly length: number
  /**
   * Labels the next utterance. The first result is its own; offline the others are the earlier ones that it revises,
   * oldest first.
   * @throws EMO_FEATURE_SIZE, EMO_FEATURE_MISSING, EMO_CONVERSATION_INVALID for an id that was there already; the
   *   conversation is then as before.
   */
  add(input: UtteranceInput): readonly UtteranceProbabilities[]
  /**
   * The label that `add` in live mode would give now, in either mode; leaves no trace: every later label is bit for bit
   * what it would have been. For an utterance that is still being spoken; costs what a live `add` costs.
   * @throws as `add`
   */
  preview(input: UtteranceInput): UtteranceProbabilities
  /**
   * To offline: labels the whole conversation anew and gives every label that changes. To live: nothing is revised,
   * later utterances are labelled causally, as if the conversation had been live from its start.
   */
  setMode(mode: Mode): readonly UtteranceProbabilities[]
  /** The labels last given, oldest first, of the utterances that are kept. */
  labels(): readonly UtteranceProbabilities[]
  /**
   * Which nodes fed the label of an utterance through the graph, and how much: the attention of TransformerConv over the
   * in-edges of each of its nodes. Undefined for a label that was given offline, and for an utterance no longer kept.
   */
  explain(utteranceId: string): readonly EdgeExplanation[] | undefined
  /** Lets go of all that it keeps of the conversation; the model stays. It holds no tensor between two calls. */
  dispose(): void
}

/** A model and how its features are normalised, both from one checkpoint. */
export interface LabellerSource extends Pick<PrepareOptions, 'normalisation'> {
  readonly model: Corect
}

/** A model that labels many conversations at once; they share its weights. */
export interface StreamingModel {
  /**
   * How many utterances of a conversation are kept: offline labels are exact for the whole of a conversation that is not
   * longer, and only the newest are revised in one that is.
   */
  readonly historyLimit: number
  createLabeller(options: { mode: Mode }): ConversationLabeller
}

/**
 * Labels conversations one utterance at a time, live or offline, with the weights of one model, which have to be final.
 *
 * Live: only the new utterance is computed, from cached keys, values and node states (createLiveModel); equal to the
 * batch form in live mode. Time and memory do not grow with the conversation, but for attention over at most
 * `maxHistory` cached keys. It needs no backend.
 *
 * Offline: a new utterance can change any label within {@link receptiveField} before it, and those are recomputed by
 * the batch form over them and all that they depend on; utterances further back are left alone, and features stay
 * prepared. The live caches are kept up beside (a few per cent of the offline cost), so that either mode can follow.
 *
 * Memory of one conversation: historyLimit prepared feature vectors and the live caches, (2 L_text D_text +
 * 2 M (M-1) (L_cross + L_memory) d) maxHistory numbers.
 *
 * @example
 * const { model, weights, normalisation } = await loadCheckpoint('models/emograph-iemocap6')
 * const streaming = createStreamingModel({ model: createCorect(model, { weights }), normalisation })
 * const labeller = streaming.createLabeller({ mode: 'live' })
 * const [label] = labeller.add({ id: 'u1', speaker: 'Ana', features: { text: await encode('Hello') } })
 */
export function createStreamingModel(source: LabellerSource): StreamingModel {
  const { config } = source.model
  const field = receptiveField(config)
  const live = createLiveModel(source.model)
  // The oldest label that the newest utterance can change depends on `back` utterances before it.
  const historyLimit = field.back + field.forward + 1
  return {
    historyLimit,
    createLabeller: ({ mode }) => createConversationLabeller(source, live, historyLimit, mode),
  }
}

/** A labeller for a program that labels one conversation at a time. Many at once share a {@link createStreamingModel}. */
export function createLabeller(source: LabellerSource, options: { mode: Mode }): ConversationLabeller {
  return createStreamingModel(source).createLabeller(options)
}

function createConversationLabeller(
  source: LabellerSource,
  live: LiveModel,
  historyLimit: number,
  startMode: Mode,
): ConversationLabeller {
  const { model, normalisation } = source
  const { config } = model
  const { modalities } = config
  const field = receptiveField(config)
  const classes = classCount(config)
  const prepare = createFeaturePreparation({ ...config, normalisation })
  const speakers = new Map<string, number>()
  let history = createHistory(historyLimit)
  let stream: LiveStream | undefined = live.createStream()
  let mode = startMode

  const labelOf = ({ id, probabilities, features }: HistoryEntry): UtteranceProbabilities => ({
    utteranceId: id,
    probabilities: probabilities.slice(),
    modalities: modalities.filter((modality) => features[modality] !== undefined),
  })

  /** Labels utterances `from` and later by the batch form and gives those that changed; keeps what it gives. */
  function relabel(from: number): UtteranceProbabilities[] {
    const start = Math.max(history.first, from - field.back)
    const batch = makeBatch([history.prepared(start, config)], config)
    try {
      const values = tf.tidy(() => tf.softmax(model.forward(batch, { mode: 'offline' }).logits).dataSync<'float32'>())
      const changed: UtteranceProbabilities[] = []
      for (let index = from; index < history.length; index++) {
        const row = (index - start) * classes
        const probabilities = values.slice(row, row + classes)
        const entry = history.at(index)
        if (!differs(entry.probabilities, probabilities)) continue
        entry.probabilities = probabilities
        entry.edges = undefined
        changed.push(labelOf(entry))
      }
      return changed
    } finally {
      batch.dispose()
    }
  }

  /** The live form, for an utterance that may come next. */
  function openFor(id: string): LiveStream {
    if (stream === undefined) throw new Error('this labeller was disposed')
    if (!history.has(id)) return stream
    throw new EmographError('EMO_CONVERSATION_INVALID', { field: 'id', expected: 'a new one', got: id })
  }

  /** The oldest utterance whose offline label can differ from the one given before the newest utterance came. */
  const oldestRevisable = () => (history.first === 0 ? 0 : history.first + field.back)

  return {
    get mode() {
      return mode
    },
    get length() {
      return history.length
    },
    add({ id, speaker, features: raw }) {
      const conversation = openFor(id)
      const features = prepare(raw, speaker, id)
      const index = speakers.get(speaker) ?? speakers.size
      speakers.set(speaker, index)
      const entry: HistoryEntry = { id, features, speaker: index, ...conversation.take({ features, speaker: index }) }
      history.push(entry)
      if (mode === 'live') return [labelOf(entry)]
      const changed = relabel(Math.max(oldestRevisable(), history.length - 1 - field.forward))
      return [labelOf(entry), ...changed.filter(({ utteranceId }) => utteranceId !== id)]
    },
    preview({ id, speaker, features: raw }) {
      const conversation = openFor(id)
      const features = prepare(raw, speaker, id, { learn: false })
      const index = speakers.get(speaker) ?? speakers.size
      return labelOf({ id, features, speaker: index, ...conversation.preview({ features, speaker: index }) })
    },
    setMode(next) {
      if (stream === undefined) throw new Error('this labeller was disposed')
      const changes = next !== mode
      mode = next
      return changes && next === 'offline' && history.length > 0 ? relabel(oldestRevisable()) : []
    },
    labels() {
      const kept = Array.from({ length: history.length - history.first }, (_, i) => history.at(history.first + i))
      return kept.map(labelOf)
    },
    explain(utteranceId) {
      const index = history.indexOf(utteranceId)
      const edges = index === undefined ? undefined : history.at(index).edges
      if (index === undefined || edges === undefined) return undefined
      if (edges.some(({ distance }) => index - distance < history.first)) return undefined
      return edges.map(({ source, distance, target, share }) => ({
        source: { utteranceId: history.at(index - distance).id, modality: source },
        target,
        share,
      }))
    },
    dispose() {
      stream = undefined
      history = createHistory(0)
    },
  }
}

function differs(a: Float32Array, b: Float32Array): boolean {
  return a.some((value, i) => Math.abs(value - b[i]!) > REVISION_EPSILON)
}
