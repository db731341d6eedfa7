import { LABEL_SETS } from '../conversation/label-sets.ts'
import { MODALITIES } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { createFakeTextEncoder } from '../encoders/text/fake-text-encoder.ts'
import type { UtteranceInput, UtteranceProbabilities } from '../model/streaming.ts'
import type { Labeller, ServedModel } from './served-model.ts'

/** Test doubles for programs that speak to the server: no weights, no tensors, the same answer every time. */

/**
 * A labeller that behaves as the model does where a client can see it: a live label depends on what came before and
 * stays, an offline label changes with what comes after.
 */
export function createFakeLabeller(mode: Mode, classes: number): Labeller {
  const history: UtteranceInput[] = []
  let current = mode

  /** The label of an utterance, from all that the model has `seen`, itself included. */
  function labelled(utterance: UtteranceInput, seen: readonly UtteranceInput[]): UtteranceProbabilities {
    const sum = seen.reduce((total, other) => total + fingerprint(other), fingerprint(utterance) * 7)
    const scores = Array.from({ length: classes }, (_, c) => Math.exp(2 * Math.sin(sum + c)))
    const total = scores.reduce((sum, score) => sum + score, 0)
    return {
      utteranceId: utterance.id,
      probabilities: Float32Array.from(scores, (score) => score / total),
      modalities: MODALITIES.filter((modality) => utterance.features[modality] !== undefined),
    }
  }

  return {
    get mode() {
      return current
    },
    add(utterance) {
      history.push(utterance)
      const earlier = current === 'offline' ? history.slice(0, -1) : []
      return [utterance, ...earlier].map((other) => labelled(other, history))
    },
    preview: (utterance) => labelled(utterance, [...history, utterance]),
    setMode(next) {
      current = next
      return next === 'offline' ? history.map((utterance) => labelled(utterance, history)) : []
    },
    explain(utteranceId) {
      const index = history.findIndex(({ id }) => id === utteranceId)
      const sources = history.slice(Math.max(0, index - 1), index + 1)
      if (current === 'offline' || index < 0) return undefined
      const share = 1 / sources.length
      const edge = (id: string) => ({
        source: { utteranceId: id, modality: 'text' as const },
        target: 'text' as const,
        share,
      })
      return sources.map(({ id }) => edge(id))
    },
    dispose() {
      history.length = 0
    },
  }
}

/** A served model made of it and of the fake text encoder: text [8] and audio [3], IEMOCAP's six classes. */
export function createFakeModel(changes: Partial<ServedModel> = {}): ServedModel {
  return {
    name: 'fake',
    sha256: '0'.repeat(64),
    labelSet: 'iemocap6',
    modes: ['live', 'offline'],
    modalities: ['text', 'audio'],
    featureSizes: { text: 8, audio: 3 },
    featureColumns: { audio: ['pitch', 'energy', 'rate'] },
    featureEncoders: {},
    graph: { modalities: ['text', 'audio'], past: 4, future: 11 },
    historyLimit: 1_000,
    backend: 'none',
    card: '# A fake model\n\nFor tests.\n',
    metrics: {},
    textEncoder: createFakeTextEncoder(),
    createLabeller: (mode) => createFakeLabeller(mode, LABEL_SETS.iemocap6.length),
    dispose: async () => {},
    ...changes,
  }
}

function fingerprint({ speaker, features }: Pick<UtteranceInput, 'speaker' | 'features'>): number {
  const values = MODALITIES.flatMap((modality) => Array.from(features[modality] ?? []))
  const sum = values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0)
  return (hash(speaker) + sum) % 1_000
}

function hash(text: string): number {
  let value = 17
  for (const character of text) value = (value * 31 + character.codePointAt(0)!) % 9_973
  return value
}
