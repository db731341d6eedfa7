import type { Features } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import { type CorectConfig, classCount } from './config.ts'
import type { Corect } from './corect.ts'
import { createFeaturePreparation, type PreparedConversation, type PrepareOptions } from './prepare.ts'
import { receptiveField } from './receptive-field.ts'
import type { NodeAttention } from './streaming-graph.ts'
import { createHistory, type HistoryEntry } from './streaming-history.ts'
import type { LiveModel, LiveStream } from './streaming-step.ts'

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

/** A model and how its features are normalised, both from one checkpoint. */
export interface LabellerSource extends Pick<PrepareOptions, 'normalisation'> {
  readonly model: Corect
}

/**
 * Work that may need offline probabilities: it asks for those of a conversation, goes on with them ([N*C]), and gives a
 * result. Whoever runs it decides where they are computed.
 */
export type Steps<T> = Generator<PreparedConversation, T, Float32Array>

/** One conversation as it unfolds, see ConversationLabeller; `add` and `setMode` are one call at a time. */
export interface StreamedConversation {
  readonly mode: Mode
  readonly length: number
  add(input: UtteranceInput): Steps<readonly UtteranceProbabilities[]>
  preview(input: UtteranceInput): UtteranceProbabilities
  setMode(mode: Mode): Steps<readonly UtteranceProbabilities[]>
  labels(): readonly UtteranceProbabilities[]
  explain(utteranceId: string): readonly EdgeExplanation[] | undefined
  dispose(): void
}

/** How many utterances of a conversation are kept: the oldest label that the newest can change depends on `back` before it. */
export function historyOf(config: CorectConfig): number {
  const { back, forward } = receptiveField(config)
  return back + forward + 1
}

export function createStreamedConversation(
  source: LabellerSource,
  live: LiveModel,
  startMode: Mode,
): StreamedConversation {
  const { normalisation } = source
  const { config } = source.model
  const { modalities } = config
  const field = receptiveField(config)
  const classes = classCount(config)
  const prepare = createFeaturePreparation({ ...config, normalisation })
  const speakers = new Map<string, number>()
  let history = createHistory(historyOf(config))
  let stream: LiveStream | undefined = live.createStream()
  let mode = startMode

  const labelOf = ({ id, probabilities, features }: HistoryEntry): UtteranceProbabilities => ({
    utteranceId: id,
    probabilities: probabilities.slice(),
    modalities: modalities.filter((modality) => features[modality] !== undefined),
  })

  /** Labels utterances `from` and later by the batch form and gives those that changed; keeps what it gives. */
  function* relabel(from: number): Steps<UtteranceProbabilities[]> {
    const start = Math.max(history.first, from - field.back)
    const values = yield history.prepared(start, config)
    const changed: UtteranceProbabilities[] = []
    // Disposed meanwhile: there is nothing to label any more.
    for (let index = from; stream !== undefined && index < history.length; index++) {
      const row = (index - start) * classes
      const probabilities = values.slice(row, row + classes)
      const entry = history.at(index)
      if (!differs(entry.probabilities, probabilities)) continue
      entry.probabilities = probabilities
      entry.attention = undefined
      changed.push(labelOf(entry))
    }
    return changed
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
    *add({ id, speaker, features: raw }) {
      const conversation = openFor(id)
      const features = prepare(raw, speaker, id)
      const index = speakers.get(speaker) ?? speakers.size
      speakers.set(speaker, index)
      const entry: HistoryEntry = { id, features, speaker: index, ...conversation.take({ features, speaker: index }) }
      history.push(entry)
      if (mode === 'live') return [labelOf(entry)]
      const changed = yield* relabel(Math.max(oldestRevisable(), history.length - 1 - field.forward))
      return [labelOf(entry), ...changed.filter(({ utteranceId }) => utteranceId !== id)]
    },
    preview({ id, speaker, features: raw }) {
      const conversation = openFor(id)
      const features = prepare(raw, speaker, id, { learn: false })
      const index = speakers.get(speaker) ?? speakers.size
      return labelOf({ id, features, speaker: index, ...conversation.preview({ features, speaker: index }) })
    },
    *setMode(next) {
      if (stream === undefined) throw new Error('this labeller was disposed')
      const changes = next !== mode
      mode = next
      return changes && next === 'offline' && history.length > 0 ? yield* relabel(oldestRevisable()) : []
    },
    labels() {
      const kept = Array.from({ length: history.length - history.first }, (_, i) => history.at(history.first + i))
      return kept.map(labelOf)
    },
    explain(utteranceId) {
      const index = history.indexOf(utteranceId)
      const attention = index === undefined ? undefined : history.at(index).attention
      if (index === undefined || attention === undefined) return undefined
      const edges = modalities.flatMap((target) => {
        const { edges: into, shares } = attention[target] ?? NO_EDGES
        return into.map(({ source, distance }, e) => ({ source, at: index - distance, target, share: shares[e]! }))
      })
      if (edges.some(({ at }) => at < history.first)) return undefined
      return edges.map(({ source, at, target, share }) => ({
        source: { utteranceId: history.at(at).id, modality: source },
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

const NO_EDGES: NodeAttention = { edges: [], shares: new Float32Array() }

function differs(a: Float32Array, b: Float32Array): boolean {
  return a.some((value, i) => Math.abs(value - b[i]!) > REVISION_EPSILON)
}
