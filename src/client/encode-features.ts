import type { Features } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { WireFeatures } from '../server/protocol/fields.ts'

/** Features of one utterance as a `transcript` carries them: NaN, which JSON does not know, becomes `null`. */
export function encodeFeatures(features: Features, modalities: readonly Modality[]): WireFeatures {
  const wire: WireFeatures = {}
  for (const modality of modalities) {
    const vector = features[modality]
    if (vector !== undefined) wire[modality] = Array.from(vector, (value) => (Number.isNaN(value) ? null : value))
  }
  return wire
}
