import type { Split } from '../conversation/conversation.ts'

/** One recording or picture with the emotion that it shows. */
export interface LabelledMedia {
  /** Its name within the set: a path, or a row. */
  readonly id: string
  readonly label: string
  /** Where the set itself divides its items. */
  readonly split?: Split
  /** Who is heard or seen, where the set says so: people of the training may not be met again in the test. */
  readonly person?: string
  /** Where it lies on disk, if it does. */
  readonly file?: string
  /** The bytes of the recording or picture in its file format. */
  read(): Promise<Uint8Array>
}

export interface LabelledSet {
  /** The classes, in the order of every matrix and probability. */
  readonly labels: readonly string[]
  readonly items: readonly LabelledMedia[]
}

/** The labels that occur, sorted: the order of classes where a set has none of its own. */
export function labelsOf(items: readonly LabelledMedia[]): string[] {
  return [...new Set(items.map(({ label }) => label))].sort()
}
