import type { Mode } from '../conversation/mode.ts'
import type { Corect } from './corect.ts'
import { offlineProbabilities } from './offline-form.ts'
import type { PreparedConversation } from './prepare.ts'
import {
  createStreamedConversation,
  type EdgeExplanation,
  historyOf,
  type LabellerSource,
  type Steps,
  type StreamedConversation,
  type UtteranceInput,
  type UtteranceProbabilities,
} from './streaming-conversation.ts'
import { createLiveModel } from './streaming-step.ts'

export type {
  EdgeExplanation,
  LabellerSource,
  UtteranceInput,
  UtteranceProbabilities,
} from './streaming-conversation.ts'

type Labels = readonly UtteranceProbabilities[]

/** The labels of one conversation, as it unfolds. `Given`: the labels themselves, or a promise of them. */
export interface ConversationLabeller<Given = Labels> {
  readonly mode: Mode
  /** Utterances so far. */
  readonly length: number
  /**
   * Labels the next utterance. The first result is its own; offline the others are the earlier ones that it revises,
   * oldest first.
   * @throws EMO_FEATURE_SIZE, EMO_FEATURE_MISSING, EMO_CONVERSATION_INVALID for an id that was there already; the
   *   conversation is then as before.
   */
  add(input: UtteranceInput): Given
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
  setMode(mode: Mode): Given
  /** The labels last given, oldest first, of the utterances that are kept. */
  labels(): Labels
  /**
   * Which nodes fed the label of an utterance through the graph, and how much: the attention of TransformerConv over the
   * in-edges of each of its nodes. Undefined for a label that was given offline, and for an utterance no longer kept.
   */
  explain(utteranceId: string): readonly EdgeExplanation[] | undefined
  /** Lets go of all that it keeps of the conversation; the model stays. It holds no tensor between two calls. */
  dispose(): void
}

/** The same where offline labels are computed elsewhere. One call at a time; `preview` whenever. */
export type DeferredLabeller = ConversationLabeller<Promise<Labels>>

/** Probabilities [N*C] of a whole conversation by the batch form, offline: {@link offlineProbabilities}, on another thread. */
export type OfflineForm = (conversation: PreparedConversation) => Promise<Float32Array>

/** A model that labels many conversations at once; they share its weights. */
export interface StreamingModel {
  /**
   * How many utterances of a conversation are kept: offline labels are exact for the whole of a conversation that is not
   * longer, and only the newest are revised in one that is.
   */
  readonly historyLimit: number
  createLabeller(options: { mode: Mode }): ConversationLabeller
  createDeferredLabeller(options: { mode: Mode; offline: OfflineForm }): DeferredLabeller
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
  const live = createLiveModel(source.model)
  const historyLimit = historyOf(source.model.config)
  return {
    historyLimit,
    createLabeller({ mode }) {
      return labellerOf(createStreamedConversation(source, live, mode), (steps) => now(steps, source.model))
    },
    createDeferredLabeller({ mode, offline }) {
      return labellerOf(createStreamedConversation(source, live, mode), (steps) => later(steps, offline))
    },
  }
}

/** A labeller for a program that labels one conversation at a time. Many at once share a {@link createStreamingModel}. */
export function createLabeller(source: LabellerSource, options: { mode: Mode }): ConversationLabeller {
  return createStreamingModel(source).createLabeller(options)
}

function labellerOf<Given>(
  conversation: StreamedConversation,
  run: (steps: Steps<Labels>) => Given,
): ConversationLabeller<Given> {
  return {
    ...conversation,
    get mode() {
      return conversation.mode
    },
    get length() {
      return conversation.length
    },
    add: (input) => run(conversation.add(input)),
    setMode: (mode) => run(conversation.setMode(mode)),
  }
}

function now<T>(steps: Steps<T>, model: Corect): T {
  let step = steps.next()
  while (!step.done) step = steps.next(offlineProbabilities(model, step.value))
  return step.value
}

async function later<T>(steps: Steps<T>, offline: OfflineForm): Promise<T> {
  let step = steps.next()
  while (!step.done) step = steps.next(await offline(step.value))
  return step.value
}
