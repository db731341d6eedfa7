import type { Features } from '../conversation/conversation.ts'
import type { LabelSetName } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'

/** The label of one utterance as the model gives it: probabilities [C] in the order of the label set. */
export interface LabelledUtterance {
  readonly utteranceId: string
  readonly probabilities: Float32Array
  readonly modalities: readonly Modality[]
}

/** One conversation in the model: what the server needs of `ConversationLabeller` (src/model/streaming.ts). */
export interface Labeller {
  readonly mode: Mode
  /** Labels one more utterance: its own label first, in offline mode then those that it has changed. */
  add(input: { id: string; speaker: string; features: Features }): readonly LabelledUtterance[]
  /** Changes the mode; to offline it gives the whole conversation labelled anew. */
  setMode(mode: Mode): readonly LabelledUtterance[]
  dispose(): void
}

/** Text in, one vector [D] a text out: what the server needs of `TextEncoder` (src/encoders/text). */
export interface ServedTextEncoder {
  readonly name: string
  readonly size: number
  encode(texts: readonly string[]): Promise<Float32Array[]>
}

/** A model that is ready to label conversations; its weights are shared by every session. */
export interface ServedModel {
  readonly name: string
  readonly labelSet: LabelSetName
  readonly modalities: readonly Modality[]
  readonly featureSizes: PerModality<number>
  /** How many utterances of one conversation the model looks back on and may revise. */
  readonly historyLimit: number
  /** The name of the backend that computes it. */
  readonly backend: string
  /** The model card, in Markdown. */
  readonly card: string
  /** The figures that the checkpoint carries. */
  readonly metrics: unknown
  /** Absent: the model knows no text, or only precomputed text features are taken. */
  readonly textEncoder?: ServedTextEncoder
  createLabeller(mode: Mode): Labeller
  dispose(): void
}
