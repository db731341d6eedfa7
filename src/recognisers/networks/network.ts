import type * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Dropout } from '../../crossmodal/dropout.ts'
import type { Parameter, Weights } from '../../crossmodal/parameters.ts'
import type { BatchStatistics } from '../../model/batch-norm.ts'

const rate = z.number().min(0).lt(1)

/** A perceptron over one vector; every default with its reason. */
const perceptronSchema = z.strictObject({
  kind: z.literal('perceptron'),
  /** Widths of the hidden layers: one of 128 holds what some hundred recordings can teach. */
  hidden: z.array(z.int().positive()).max(8).default([128]),
  /** Of the hidden units. */
  dropout: rate.default(0.5),
  /** Of the inputs: functionals overlap, so none should be leant on alone. */
  inputDropout: rate.default(0.1),
})

/** A bidirectional LSTM over a sequence of steps. */
const lstmSchema = z.strictObject({
  kind: z.literal('lstm'),
  /** Units in each direction. */
  hidden: z.int().positive().default(48),
  dropout: rate.default(0.4),
  inputDropout: rate.default(0.1),
  /** Longest sequence in steps; of longer ones the middle is taken. 250 steps are 10 s. */
  longest: z.int().positive().default(250),
})

/** Convolutions with channel and spatial attention over a square grey picture. */
const cbamSchema = z.strictObject({
  kind: z.literal('cbam'),
  /** Side of the picture in pixels, a multiple of 2 ** (blocks - 1). */
  side: z.int().positive().default(48),
  /** Channels of each block; between two blocks the picture is halved. */
  channels: z.array(z.int().positive()).min(1).max(6).default([16, 32, 64, 128]),
  /** The channel attention's bottleneck: channels / this (Woo et al. use 16 on far wider networks). */
  reduction: z.int().positive().default(8),
  dropout: rate.default(0.4),
})

export const networkSchema = z.discriminatedUnion('kind', [perceptronSchema, lstmSchema, cbamSchema])
export type NetworkConfig = z.infer<typeof networkSchema>
export type PerceptronConfig = z.infer<typeof perceptronSchema>
export type LstmConfig = z.infer<typeof lstmSchema>
export type CbamConfig = z.infer<typeof cbamSchema>

/** What a forward pass of training draws and reports. */
export interface TrainingPass {
  readonly dropout: Dropout
  /** Takes a batch normalisation's statistics, by the layer's name. */
  readonly onStatistics: (layer: string, statistics: BatchStatistics) => void
}

/** One kind of network: its parameters, and logits from a batch of examples. */
export interface Architecture {
  readonly parameters: readonly Parameter[]
  /** Examples [B], each a vector of the size that the network takes -> logits [B, C]. */
  logits(weights: Weights, examples: readonly Float32Array[], pass: TrainingPass | undefined): tf.Tensor2D
}

/** The sizes that come from the data. */
export interface NetworkSizes {
  /** Numbers of a vector, of a step of a sequence, or 1 for a picture. */
  readonly width: number
  readonly classes: number
}
