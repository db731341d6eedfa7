import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { SessionCreated } from './protocol/server-messages.ts'
import type { ServedModel } from './served-model.ts'

/**
 * A served model as every client is told of it, in `session.created` and, with more, by `GET /v1/model`.
 *
 * @param speech the name of the speech recogniser beside it
 */
export function describeModel(model: ServedModel, speech: string | undefined): SessionCreated['model'] {
  return {
    name: model.name,
    label_set: model.labelSet,
    labels: [...LABEL_SETS[model.labelSet]],
    modes: [...model.modes],
    modalities: [...model.modalities],
    feature_sizes: { ...model.featureSizes },
    text_encoder: model.textEncoder?.name ?? null,
    speech_recogniser: speech ?? null,
  }
}
