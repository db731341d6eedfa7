import { LABEL_SETS } from '../conversation/label-sets.ts'
import { EmographError } from '../errors.ts'
import { type Prediction, rankedProbabilities } from '../recognisers/predictor.ts'
import type { ServedModel } from './served-model.ts'

/**
 * What a conversation model says of one sentence by itself: a conversation of one utterance, text only.
 * @throws EMO_UTTERANCE_EMPTY for a blank text or a model that takes no words
 */
export async function predictText(model: ServedModel, text: string): Promise<Prediction> {
  if (model.textEncoder === undefined || text.trim() === '') {
    throw new EmographError('EMO_UTTERANCE_EMPTY', { field: 'text', expected: 'words, and a model that takes them' })
  }
  const [features] = await model.textEncoder.encode([text])
  const labeller = model.createLabeller(model.modes.includes('live') ? 'live' : 'offline')
  try {
    const [labelled] = await labeller.add({ id: 'u1', speaker: 'speaker', features: { text: features! } })
    const probabilities = rankedProbabilities(LABEL_SETS[model.labelSet], labelled!.probabilities)
    return { modality: 'text', model: model.name, label: probabilities[0]!.name, probabilities }
  } finally {
    labeller.dispose()
  }
}
