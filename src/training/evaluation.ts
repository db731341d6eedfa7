import type { Split } from '../conversation/conversation.ts'
import { LABEL_SETS, LABEL_TITLES, type LabelSetName } from '../conversation/label-sets.ts'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { ClassScores, Scores } from './metrics.ts'

/** What was evaluated, and its figures. */
export interface Evaluation {
  /** The model's name for people: its folder's. */
  readonly model: string
  readonly labelSet: LabelSetName
  readonly split: Split | 'all'
  readonly mode: Mode
  /** What the model was given. */
  readonly modalities: readonly Modality[]
  readonly conversations: number
  readonly scores: Scores
}

/** The labels of an evaluation, in the order of its matrices. */
export function evaluationLabels(evaluation: Pick<Evaluation, 'labelSet'>): readonly string[] {
  return LABEL_SETS[evaluation.labelSet]
}

/** `hap` is `happy` for people. */
export function labelTitle(label: string): string {
  return LABEL_TITLES[label] ?? label
}

/** The JSON form of an evaluation (docs/configuration.md, Evaluation). */
export interface EvaluationJson {
  readonly model: string
  readonly label_set: LabelSetName
  readonly split: Split | 'all'
  readonly mode: Mode
  readonly modalities: readonly Modality[]
  readonly conversations: number
  readonly utterances: number
  readonly weighted_f1: number
  readonly accuracy: number
  readonly macro_f1: number
  readonly ece: number
  readonly labels: readonly string[]
  readonly per_class: Readonly<Record<string, ClassScores>>
  /** Row = the true class, column = the predicted one, both in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[]
  readonly reliability: Scores['reliability']
}

export function evaluationJson(evaluation: Evaluation): EvaluationJson {
  const labels = evaluationLabels(evaluation)
  const { model, labelSet, split, mode, modalities, conversations, scores } = evaluation
  return {
    model,
    label_set: labelSet,
    split,
    mode,
    modalities,
    conversations,
    utterances: scores.utterances,
    weighted_f1: scores.weightedF1,
    accuracy: scores.accuracy,
    macro_f1: scores.macroF1,
    ece: scores.ece,
    labels,
    per_class: Object.fromEntries(labels.map((label, index) => [label, scores.perClass[index]!])),
    confusion: scores.confusion,
    reliability: scores.reliability,
  }
}
