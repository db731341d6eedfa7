import type { LabelSetName } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { TextEncoder } from '../encoders/text/text-encoder.ts'
import type { GraphOptions } from '../graph/conversation-graph.ts'
import type { ConversationLabeller } from '../model/streaming.ts'

/** One conversation in the model, as far as the server needs it. */
export interface Labeller extends Pick<ConversationLabeller, 'mode' | 'preview' | 'explain' | 'dispose'> {
  /** One call at a time, of this and of `setMode`: offline labels may be computed on another thread. */
  add(...input: Parameters<ConversationLabeller['add']>): Soon<ReturnType<ConversationLabeller['add']>>
  setMode(mode: Mode): Soon<ReturnType<ConversationLabeller['setMode']>>
}

type Soon<T> = T | Promise<T>

/** The encoder of texts, as far as the server needs it. */
export type ServedTextEncoder = Pick<TextEncoder, 'name' | 'size' | 'encode'>

/** A model that is ready to label conversations; its weights are shared by every session. */
export interface ServedModel {
  readonly name: string
  /** Of the weights, in hex: the identity of the model. */
  readonly sha256: string
  readonly labelSet: LabelSetName
  /** What the weights were trained for. */
  readonly modes: readonly Mode[]
  readonly modalities: readonly Modality[]
  readonly featureSizes: PerModality<number>
  /** The names of the features' columns, in order, where the checkpoint knows them. */
  readonly featureColumns: PerModality<readonly string[]>
  /** The edges of its conversation graph, in either mode. */
  readonly graph: Omit<GraphOptions, 'mode'>
  /** The names of the encoders that made the features it learned from, where the checkpoint knows them. */
  readonly featureEncoders: PerModality<string>
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
  dispose(): Promise<void>
}
