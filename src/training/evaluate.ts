import type { Split } from '../conversation/conversation.ts'
import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { CorectConfig } from '../model/config.ts'
import { type Corect, createCorect } from '../model/corect.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import type { Evaluation } from './evaluation.ts'
import { type Scores, scorePredictions } from './metrics.ts'
import { predictLabelled, restrictModalities } from './predict.ts'

export interface EvaluateOptions {
  /** The model's name in the report. */
  readonly name: string
  readonly split: Split | 'all'
  readonly mode: Mode
  /** What the model is given, of its modalities; all that the conversations have when left away. */
  readonly modalities?: readonly Modality[] | undefined
}

/** Every figure of a model on prepared conversations. */
export function evaluateModel(
  model: Corect,
  conversations: readonly PreparedConversation[],
  options: EvaluateOptions,
): Evaluation {
  const { labelSet, modalities: known } = model.config
  const { name, split, mode, modalities = modalitiesIn(conversations, known) } = options
  const given = known.filter((modality) => modalities.includes(modality))
  const restricted = conversations.map((conversation) => restrictModalities(conversation, given))
  return {
    model: name,
    labelSet,
    split,
    mode,
    modalities: given,
    conversations: conversations.length,
    scores: scorePredictions(predictLabelled(model, restricted, mode), LABEL_SETS[labelSet].length),
  }
}

/** Those of the modalities that some utterance has. */
function modalitiesIn(conversations: readonly PreparedConversation[], known: readonly Modality[]): Modality[] {
  return known.filter((modality) => conversations.some(({ present }) => present[modality]?.includes(1)))
}

/** The scores of weights in each mode, by a model that lives only for this. */
export function scoreWeights(
  config: CorectConfig,
  weights: ReadonlyMap<string, Float32Array>,
  conversations: readonly PreparedConversation[],
  modes: readonly Mode[],
): Map<Mode, Scores> {
  const model = createCorect(config, { weights })
  try {
    const classes = LABEL_SETS[config.labelSet].length
    return new Map(modes.map((mode) => [mode, scorePredictions(predictLabelled(model, conversations, mode), classes)]))
  } finally {
    model.dispose()
  }
}

/**
 * What is reported of finished weights: dev and, where there is one, test, in each trained mode, with all modalities that
 * the split has and with text alone where it has others too.
 */
export function evaluateWeights(
  config: CorectConfig,
  weights: ReadonlyMap<string, Float32Array>,
  splits: Readonly<Record<Split, readonly PreparedConversation[]>>,
  options: { readonly name: string; readonly modes: readonly Mode[] },
): Evaluation[] {
  const model = createCorect(config, { weights })
  const inputsOf = (split: readonly PreparedConversation[]): Modality[][] => {
    const given = modalitiesIn(split, config.modalities)
    return given.length > 1 && given.includes('text') ? [given, ['text']] : [given]
  }
  try {
    return (['val', 'test'] as const)
      .filter((split) => splits[split].length > 0)
      .flatMap((split) =>
        inputsOf(splits[split]).flatMap((modalities) =>
          options.modes.map((mode) =>
            evaluateModel(model, splits[split], { name: options.name, split, mode, modalities }),
          ),
        ),
      )
  } finally {
    model.dispose()
  }
}
