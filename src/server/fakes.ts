import type { Features } from '../conversation/conversation.ts'
import { LABEL_SETS } from '../conversation/label-sets.ts'
import { MODALITIES } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { createFakeTextEncoder } from '../encoders/text/fake-text-encoder.ts'
import type { UtteranceProbabilities } from '../model/streaming.ts'
import type { Labeller, ServedModel } from './served-model.ts'

/** Test doubles for programs that speak to the server: no weights, no tensors, the same answer every time. */

/**
 * A labeller that behaves as the model does where a client can see it: a live label depends on what came before and
 * stays, an offline label changes with what comes after.
 */
export function createFakeLabeller(mode: Mode, classes: number): Labeller {
  const history: { id: string; speaker: string; features: Features }[] = []
  let current = mode

  function probabilities(index: number): Float32Array {
    const seen = current === 'offline' ? history : history.slice(0, index + 1)
    const scores = Array.from({ length: classes }, (_, c) =>
      Math.exp(
        2 * Math.sin(seen.reduce((sum, other) => sum + fingerprint(other), fingerprint(history[index]!) * 7) + c),
      ),
    )
    const total = scores.reduce((sum, score) => sum + score, 0)
    return Float32Array.from(scores, (score) => score / total)
  }

  const labelled = (index: number): UtteranceProbabilities => ({
    utteranceId: history[index]!.id,
    probabilities: probabilities(index),
    modalities: MODALITIES.filter((modality) => history[index]!.features[modality] !== undefined),
  })

  return {
    get mode() {
      return current
    },
    add(utterance) {
      history.push(utterance)
      const own = history.length - 1
      const earlier = current === 'offline' ? history.slice(0, own).map((_, index) => labelled(index)) : []
      return [labelled(own), ...earlier]
    },
    setMode(next) {
      current = next
      return next === 'offline' ? history.map((_, index) => labelled(index)) : []
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

function fingerprint({ speaker, features }: { speaker: string; features: Features }): number {
  const values = MODALITIES.flatMap((modality) => Array.from(features[modality] ?? []))
  const sum = values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0)
  return (hash(speaker) + sum) % 1_000
}

function hash(text: string): number {
  let value = 17
  for (const character of text) value = (value * 31 + character.codePointAt(0)!) % 9_973
  return value
}
