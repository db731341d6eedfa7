import type { PerModality } from '../conversation/modality.ts'
import { type CorectConfig, inputSize } from './config.ts'
import type { PreparedConversation } from './prepare.ts'
import type { LiveInput } from './streaming-step.ts'

/** An utterance as the labeller keeps it: prepared, with the probabilities that were last given out for it. */
export interface HistoryEntry extends LiveInput {
  readonly id: string
  probabilities: Float32Array
}

/** The newest `capacity` utterances of a conversation. */
export interface History {
  /** Utterances so far, with those that are no longer kept. */
  readonly length: number
  /** Index of the oldest that is kept. */
  readonly first: number
  has(id: string): boolean
  /** Entry of utterance `index`, `first` or later. */
  at(index: number): HistoryEntry
  push(entry: HistoryEntry): void
  /** Utterances `from` and later as one conversation, for the batch form of the model. */
  prepared(from: number, config: CorectConfig): PreparedConversation
}

export function createHistory(capacity: number): History {
  const entries: HistoryEntry[] = []
  const ids = new Set<string>()
  let first = 0
  return {
    get length() {
      return first + entries.length
    },
    get first() {
      return first
    },
    has: (id) => ids.has(id),
    at: (index) => entries[index - first]!,
    push(entry) {
      entries.push(entry)
      ids.add(entry.id)
      if (entries.length <= capacity) return
      ids.delete(entries.shift()!.id)
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
