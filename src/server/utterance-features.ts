import type { Features } from '../conversation/conversation.ts'
import { MODALITIES, type Modality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { isMeasured } from '../model/prepare.ts'
import type { WireFeatures } from './protocol/fields.ts'
import type { ServedModel } from './served-model.ts'

/**
 * The precomputed features of one transcript as the model takes them: one vector [D_m] a modality, NaN where the
 * client sent `null` (the model's normalisation imputes it). A vector of nothing but `null` is a missing modality.
 *
 * @throws EMO_MODALITY_UNSUPPORTED, EMO_FEATURE_SIZE
 */
export function decodeFeatures(wire: WireFeatures | undefined, model: ServedModel): Features {
  const features: Features = {}
  for (const modality of MODALITIES) {
    const vector = wire?.[modality]
    if (vector === undefined) continue
    checkSize(modality, vector.length, model)
    const decoded = Float32Array.from(vector, (value) => value ?? Number.NaN)
    if (isMeasured(decoded)) features[modality] = decoded
  }
  return features
}

/** True when the server's encoder makes the text features of this transcript. */
export function needsTextEncoding(text: string, features: Features, model: ServedModel): boolean {
  return model.textEncoder !== undefined && features.text === undefined && text.trim() !== ''
}

function checkSize(modality: Modality, length: number, model: ServedModel): void {
  const size = model.featureSizes[modality]
  const field = `features.${modality}`
  if (size === undefined)
    throw new EmographError('EMO_MODALITY_UNSUPPORTED', { field, expected: model.modalities.join(', '), got: modality })
  if (length !== size)
    throw new EmographError('EMO_FEATURE_SIZE', { field, expected: `${size} numbers`, got: `${length}` })
}
