import { z } from 'zod'

/**
 * The label sets of the field, each in the order of its published tables.
 * `iemocap6`, `iemocap4`: Busso et al. 2008, the classes of every published IEMOCAP table.
 * `meld7`: Poria et al. 2019. `sentiment2`: Zadeh et al. 2016 (CMU-MOSI), binary.
 */
export const LABEL_SETS = {
  iemocap6: ['hap', 'sad', 'neu', 'ang', 'exc', 'fru'],
  iemocap4: ['hap', 'sad', 'neu', 'ang'],
  meld7: ['neutral', 'surprise', 'fear', 'sadness', 'joy', 'disgust', 'anger'],
  sentiment2: ['negative', 'positive'],
} as const satisfies Record<string, readonly string[]>

export type LabelSetName = keyof typeof LABEL_SETS
export const LABEL_SET_NAMES = Object.keys(LABEL_SETS) as LabelSetName[]
export const labelSetNameSchema = z.enum(LABEL_SET_NAMES as [LabelSetName, ...LabelSetName[]])

/** Names for people: what a page or a report writes for a label. */
export const LABEL_TITLES: Readonly<Record<string, string>> = {
  hap: 'happy',
  sad: 'sad',
  neu: 'neutral',
  ang: 'angry',
  exc: 'excited',
  fru: 'frustrated',
}

/** Index of `label` in the label set, -1 when it is not of the set or null (an utterance without a label). */
export function labelIndex(set: LabelSetName, label: string | null | undefined): number {
  return label == null ? -1 : (LABEL_SETS[set] as readonly string[]).indexOf(label)
}
