import type { PerModality } from '../conversation/modality.ts'
import { type CorectConfig, inputSize } from './config.ts'
import type { PreparedConversation } from './prepare.ts'
import type { NodeAttention } from './streaming-graph.ts'
import type { LiveInput } from './streaming-step.ts'

/** An utterance as the labeller keeps it: prepared, with the probabilities that were last given out for it. */
export interface HistoryEntry extends LiveInput {
  readonly id: string
  probabilities: Float32Array
  /** What fed that label in the graph; only a live label has it. */
  attention?: PerModality<NodeAttention> | undefined
}

/** The newest `capacity` utterances of a conversation. */
export interface History {
  /** Utterances so far, with those that are no longer kept. */
  readonly length: number
  /** Index of the oldest that is kept. */
  readonly first: number
  has(id: string): boolean
  /** Index of an utterance that is kept. */
  indexOf(id: string): number | undefined
  /** Entry of utterance `index`, `first` or later. */
  at(index: number): HistoryEntry
  push(entry: HistoryEntry): void
  /** Utterances `from` and later as one conversation, for the batch form of the model. */
  prepared(from: number, config: CorectConfig): PreparedConversation
}

export function createHistory(capacity: number): History {
  const entries: HistoryEntry[] = []
  const indices = new Map<string, number>()
  let first = 0
  return {
    get length() {
      return first + entries.length
    },
    get first() {
      return first
    },
    has: (id) => indices.has(id),
    indexOf: (id) => indices.get(id),
    at: (index) => entries[index - first]!,
    push(entry) {
      entries.push(entry)
      indices.set(entry.id, first + entries.length - 1)
      if (entries.length <= capacity) return
      indices.delete(entries.shift()!.id)
      first++
    },
    prepared(from, config) {
      const part = entries.slice(from - first)
      const features: PerModality<Float32Array> = {}
      const present: PerModality<Uint8Array> = {}
      for (const modality of config.modalities) {
        const size = inputSize(config, modality)
        const rows = new Float32Array(part.length * size)
        part.forEach((entry, i) => {
          const vector = entry.features[modality]
          if (vector !== undefined) rows.set(vector, i * size)
        })
        features[modality] = rows
        present[modality] = Uint8Array.from(part, (entry) => (entry.features[modality] === undefined ? 0 : 1))
      }
      const speakers = Int32Array.from(part, ({ speaker }) => speaker)
      return { id: 'stream', length: part.length, features, present, speakers, labels: speakers.map(() => -1) }
    },
  }
}
