import type { Features } from '../conversation/conversation.ts'
import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { Mode } from '../conversation/mode.ts'
import type { UtteranceProbabilities } from '../model/streaming.ts'
import type { Unnumbered, UtteranceLabel } from './protocol/server-messages.ts'
import type { Labeller, ServedModel } from './served-model.ts'

/**
 * An utterance is sent again when its label has changed, or when one of its probabilities is this far from the one that
 * the client has. Below it a picture of the probabilities would not change, and every utterance of a long conversation
 * moves a little with each new one.
 */
export const REVISION_THRESHOLD = 0.005

/** A final utterance with its features, ready for the model. Times in ms. */
export interface ReadyUtterance {
  readonly utteranceId: string
  readonly participant: string
  readonly text: string
  readonly startMs: number
  readonly endMs: number
  readonly features: Features
  /** The `request_id` of its final transcript. */
  readonly requestId?: string | undefined
  /** Milliseconds since the final transcript came in, at the time of the call. */
  readonly elapsedMs: () => number
}

/** The model's side of one session: labels utterances and remembers what the client was told. */
export interface Labelling {
  /** How many utterances were labelled. */
  readonly count: number
  label(utterance: ReadyUtterance): void
  setMode(mode: Mode): void
  dispose(): void
}

interface Told {
  readonly participant: string
  label: string
  probabilities: Float32Array
}

/** @param emit gets `utterance.label` and `utterance.revised`, in the order in which they are to be sent. */
export function createLabelling(model: ServedModel, mode: Mode, emit: (message: Unnumbered) => void): Labelling {
  const labeller: Labeller = model.createLabeller(mode)
  const labels: readonly string[] = LABEL_SETS[model.labelSet]
  const told = new Map<string, Told>()
  let count = 0

  function remember(utterance: UtteranceProbabilities, participant: string): Told {
    const entry = { participant, label: best(labels, utterance.probabilities), probabilities: utterance.probabilities }
    told.set(utterance.utteranceId, entry)
    // The model does not revise what lies beyond its history, so neither does this map grow beyond it.
    if (told.size > model.historyLimit) told.delete(told.keys().next().value!)
    return entry
  }

  function revise(changed: UtteranceProbabilities, always: boolean): void {
    const before = told.get(changed.utteranceId)
    if (before === undefined) return
    const label = best(labels, changed.probabilities)
    if (!always && label === before.label && distance(before.probabilities, changed.probabilities) < REVISION_THRESHOLD)
      return
    emit({
      type: 'utterance.revised',
      utterance_id: changed.utteranceId,
      participant: before.participant,
      label,
      previous_label: before.label,
      probabilities: named(labels, changed.probabilities),
      modalities: [...changed.modalities],
      mode: labeller.mode,
      final: false,
    })
    before.label = label
    before.probabilities = changed.probabilities
  }

  return {
    get count() {
      return count
    },
    label(utterance) {
      const [own, ...changed] = labeller.add({
        id: utterance.utteranceId,
        speaker: utterance.participant,
        features: utterance.features,
      })
      if (own === undefined) throw new Error('the labeller gave no label for the utterance that it was given')
      const { label } = remember(own, utterance.participant)
      count++
      emit(labelMessage(utterance, own, label, labeller.mode, named(labels, own.probabilities)))
      for (const other of changed) revise(other, false)
    },
    setMode(next) {
      if (next === labeller.mode) return
      const relabelled = labeller.setMode(next)
      // In live mode a label never changes: what was given offline stands as it was last told.
      if (next === 'offline') for (const utterance of relabelled) revise(utterance, true)
    },
    dispose() {
      labeller.dispose()
    },
  }
}

function labelMessage(
  utterance: ReadyUtterance,
  own: UtteranceProbabilities,
  label: string,
  mode: Mode,
  probabilities: UtteranceLabel['probabilities'],
): Unnumbered {
  return {
    type: 'utterance.label',
    request_id: utterance.requestId,
    utterance_id: utterance.utteranceId,
    participant: utterance.participant,
    text: utterance.text,
    start_ms: utterance.startMs,
    end_ms: utterance.endMs,
    label,
    probabilities,
    modalities: [...own.modalities],
    mode,
    final: mode === 'live',
    interim: false,
    latency_ms: Math.round(utterance.elapsedMs() * 100) / 100,
  }
}

function best(labels: readonly string[], probabilities: Float32Array): string {
  if (!probabilities.every(Number.isFinite)) throw new Error('the model gave a probability that is no number')
  let index = 0
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[index]!) index = i
  return labels[index]!
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}

const named = (labels: readonly string[], probabilities: Float32Array): UtteranceLabel['probabilities'] =>
  labels.map((name, i) => ({ name, probability: Math.min(1, probabilities[i]!) }))
