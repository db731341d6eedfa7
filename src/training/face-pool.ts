import type { Split } from '../conversation/conversation.ts'
import { LABEL_SETS } from '../conversation/label-sets.ts'
import { arrangeColumns } from '../datasets/arrange-columns.ts'
import { readFeatureDescriptions } from '../datasets/feature-descriptions.ts'
import { readJsonl } from '../datasets/jsonl.ts'
import { EmographError } from '../errors.ts'
import type { VisualPairing } from './visual-pairing-config.ts'

/** The visual features of many pictures, by the emotion that they show. */
export interface FacePool {
  /** The visual encoder's name. */
  readonly encoder: string
  readonly all: readonly Float32Array[]
  /** By the labels of `meld7`. */
  readonly byEmotion: ReadonlyMap<string, Float32Array[]>
}

/**
 * The faces of a pairing, in its columns: those of the split that is learned from, or of another to judge by.
 *
 * @throws EMO_FILE_MISSING; EMO_FEATURE_MISSING where the file does not say its columns or lacks one; EMO_DATA_EMPTY
 *   where an emotion that the pairing draws has no picture
 */
export async function readFacePool(
  { faces: file, columns, emotions }: VisualPairing,
  split: Split = 'train',
): Promise<FacePool> {
  const { visual } = await readFeatureDescriptions(file, ['visual'])
  const lacking = columns.find((name) => !visual?.columns?.includes(name))
  if (visual?.columns === undefined || lacking !== undefined) {
    const expected = `the visual column ${lacking ?? columns[0]}, named by the extraction.json beside it`
    throw new EmographError('EMO_FEATURE_MISSING', { file, field: 'data.visualPairing.columns', expected, got: 'none' })
  }
  const byEmotion = new Map<string, Float32Array[]>(LABEL_SETS.meld7.map((emotion) => [emotion, []]))
  for await (const { utterances } of readJsonl(file, { split, labelSet: 'meld7' })) {
    for (const { label, features } of utterances) {
      if (features.visual === undefined || label === null) continue
      byEmotion.get(label)?.push(arrangeColumns(features.visual, visual.columns, columns))
    }
  }
  for (const emotion of Object.values(emotions).flatMap((weights) => Object.keys(weights))) {
    if (byEmotion.get(emotion)!.length > 0) continue
    throw new EmographError('EMO_DATA_EMPTY', { file, field: emotion, expected: 'pictures with a face', got: 'none' })
  }
  return { encoder: visual.encoder, all: [...byEmotion.values()].flat(), byEmotion }
}
