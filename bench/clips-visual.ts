import { argMax } from '../src/training/metrics.ts'
import type { Prediction } from './clips-report.ts'

/** What one input is worth on the clips that show the speaker. */
export interface SeenRow extends Pick<Prediction, 'inputs' | 'context' | 'mode' | 'clips' | 'accuracy'> {
  /** 95 % interval of the accuracy (Wilson 1927): what so few clips can tell. */
  readonly interval: readonly [number, number]
  /** Mean probability of the true label. */
  readonly ofTrue: number
  /** Clips that are right only with the pictures, and only without; absent for inputs without pictures. */
  readonly gained?: number
  readonly lost?: number
}

/**
 * The inputs that differ by the pictures, each beside the same without them. `predictions` are of one set of clips, all of
 * which have every modality.
 */
export function visualWorth(predictions: readonly Prediction[]): SeenRow[] {
  const rows = predictions.filter(({ inputs }) => !/published|uncalibrated/.test(inputs))
  return rows.map((each) => {
    const { inputs, context, mode, clips, accuracy } = each
    const without = rows.find(
      (other) =>
        other.context === context && other.mode === mode && `${other.inputs} + visual` === inputs && other !== each,
    )
    return {
      ...{ inputs, context, mode, clips, accuracy, interval: wilson(accuracy * clips, clips), ofTrue: ofTrue(each) },
      ...(without && { gained: onlyFirst(each, without), lost: onlyFirst(without, each) }),
    }
  })
}

const right = ({ probabilities, labels }: Prediction): boolean[] =>
  probabilities.map((row, k) => argMax(row, 0, row.length) === labels[k])

function onlyFirst(first: Prediction, second: Prediction): number {
  const other = right(second)
  return right(first).filter((is, k) => is && !other[k]).length
}

const ofTrue = ({ probabilities, labels }: Prediction): number =>
  probabilities.reduce((sum, row, k) => sum + row[labels[k]!]!, 0) / probabilities.length

function wilson(count: number, of: number): [number, number] {
  const z = 1.96
  const middle = (count + (z * z) / 2) / (of + z * z)
  const half = (z / (of + z * z)) * Math.sqrt((count * (of - count)) / of + (z * z) / 4)
  return [middle - half, middle + half]
}

/** Prints the rows of {@link visualWorth}. */
export function printSeen(rows: readonly SeenRow[]): void {
  console.log(
    `\nThe ${rows[0]?.clips ?? 0} labelled clips that show the speaker. Pictures of IEMOCAP were never learned from.`,
  )
  console.table(
    rows.map(({ inputs, context, mode, accuracy, interval: [low, high], ofTrue: probability, gained, lost }) => ({
      ...{ inputs, context: `${context}, ${mode}`, accuracy: accuracy.toFixed(3) },
      ...{ '95 %': `${low.toFixed(2)}-${high.toFixed(2)}`, 'p(true label)': probability.toFixed(3) },
      ...(gained === undefined ? {} : { 'right only with pictures': gained, 'only without': lost }),
    })),
  )
}
