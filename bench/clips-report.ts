import type { Conversation } from '../src/conversation/conversation.ts'
import { LABEL_SETS, type LabelSetName, labelIndex } from '../src/conversation/label-sets.ts'
import type { Mode } from '../src/conversation/mode.ts'
import type { Checkpoint } from '../src/model/checkpoint.ts'
import { argMax } from '../src/training/metrics.ts'
import type { ClipData } from './clips-data.ts'
import type { TestFigure } from './clips-test-split.ts'
import { isOurs } from './our-columns.ts'
import { mean } from './statistics.ts'

export interface Prediction {
  readonly inputs: string
  /** The utterance as a conversation of its own, or among the labelled turns of its dialogue, whose text is given. */
  readonly context: 'alone' | 'in the dialogue'
  readonly mode: Mode
  readonly clips: number
  readonly accuracy: number
  /** A clip each, in one order for all inputs that every clip has. */
  readonly probabilities: readonly Float32Array[]
  readonly labels: readonly number[]
}

export interface Difference {
  readonly context: Prediction['context']
  readonly other: string
  /** Mean absolute difference of a class's probability. */
  readonly probability: number
  /** Clips whose label differs. */
  readonly labels: number
  /** Mean probability of the true label, with our audio and with the other input. */
  readonly ours: number
  readonly theirs: number
}

/** The clips' rows of the probabilities of whole conversations. */
export function predictionOf(
  at: Pick<Prediction, 'inputs' | 'context' | 'mode'> & {
    readonly labelSet: LabelSetName
    readonly ids: ReadonlyMap<string, unknown>
  },
  conversations: readonly Conversation[],
  byConversation: readonly Float32Array[],
): Prediction {
  const { labelSet, ids, ...rest } = at
  const classes = LABEL_SETS[labelSet].length
  const rows = conversations.flatMap(({ utterances }, c) =>
    utterances.flatMap(({ id, label }, u) =>
      ids.has(id) ? [{ row: byConversation[c]!.slice(u * classes, (u + 1) * classes), label }] : [],
    ),
  )
  const labels = rows.map(({ label }) => labelIndex(labelSet, label))
  const right = rows.map(({ row }, k) => Number(argMax(row, 0, classes) === labels[k]))
  return { ...rest, clips: rows.length, accuracy: mean(right), probabilities: rows.map(({ row }) => row), labels }
}

/** How far two inputs' live predictions of the same clips differ. */
export function compare(
  predictions: readonly Prediction[],
  inputs: string,
  other: string,
  context: Prediction['context'],
): Difference {
  const find = (name: string): Prediction =>
    predictions.find((each) => each.inputs === name && each.context === context && each.mode === 'live')!
  const [ours, theirs] = [find(inputs), find(other)]
  const best = (row: Float32Array): number => argMax(row, 0, row.length)
  const ofTrue = ({ probabilities, labels }: Prediction): number =>
    mean(probabilities.map((row, k) => row[labels[k]!]!))
  return {
    context,
    other,
    probability: mean(
      ours.probabilities.flatMap((row, k) => Array.from(row, (p, c) => Math.abs(p - theirs.probabilities[k]![c]!))),
    ),
    labels: ours.probabilities.filter((row, k) => best(row) !== best(theirs.probabilities[k]!)).length,
    ours: ofTrue(ours),
    theirs: ofTrue(theirs),
  }
}

export interface ClipsReport {
  readonly clips: ClipData
  readonly checkpoint: Checkpoint
  readonly columns: readonly string[]
  /** Clips with visual features. */
  readonly visual: number
  /** The face model's expressions taken for labels, on the labelled clips that show the speaker. */
  readonly expressions: { readonly clips: number; readonly accuracy: number }
  readonly predictions: readonly Prediction[]
  readonly differences: readonly Difference[]
  readonly test: readonly TestFigure[]
  readonly speed: {
    readonly seconds: number
    readonly wallSeconds: number
    readonly cpuSeconds: number
    readonly realTime: number
  }
  readonly workers: string
}

export function printClips(report: ClipsReport): void {
  const { clips, checkpoint, columns, visual, expressions, predictions, differences, test, speed, workers } = report
  const { modalities, labelSet } = checkpoint.model
  const own = columns.filter(isOurs).length
  console.log(
    `${clips.jobs.length} clips, ${speed.seconds.toFixed(0)} s; ${clips.labelled.size} of them labelled (${labelSet}).`,
  )
  console.log('All are of Session 1, training data of the checkpoint: compare rows, expect less of new speech.')
  console.log(`${checkpoint.name}: ${modalities.join(', ')}; ${columns.length} audio columns, ${own} of them ours.`)
  console.log(
    `${visual} clips have visual features; in ${clips.listeners.size} the face is the listener's and is left out.`,
  )
  if (!modalities.includes('visual')) console.log('This checkpoint has no visual path: there are no rows with it.')

  console.log("\nAccuracy. In the dialogue, the other turns' text is given.")
  const table: Record<string, Record<string, string>> = {}
  for (const { inputs, context, mode, accuracy, clips: count } of predictions) {
    table[inputs] = { clips: `${count}`, ...table[inputs], [`${context}, ${mode}`]: accuracy.toFixed(3) }
  }
  console.table(table)
  console.log(
    `The face model's expressions taken as they are (happy for hap and exc; no fru): ${expressions.accuracy.toFixed(3)} of ` +
      `${expressions.clips} clips that show the speaker.`,
  )
  console.log('\nText + our audio against other input, live.')
  console.table(
    differences.map(({ context, other, probability, labels, ours, theirs }) => ({
      against: other,
      context,
      'probability differs by': probability.toFixed(4),
      'labels differ': labels,
      'p(true label), ours': ours.toFixed(3),
      'p(true label), other': theirs.toFixed(3),
    })),
  )
  console.log('\nTest split (Session 5, not trained on), published features: weighted F1.')
  const rows: Record<string, Partial<Record<Mode, string>>> = {}
  for (const { input, mode, weightedF1 } of test) rows[input] = { ...rows[input], [mode]: weightedF1.toFixed(4) }
  console.table(rows)
  const { wallSeconds, realTime, cpuSeconds, seconds } = speed
  console.log(
    `Extraction of all three modalities, ${workers} threads, loading of the encoders included: ${wallSeconds.toFixed(1)} s, ` +
      `${realTime.toFixed(1)} x real time (aim 3); ${(cpuSeconds / seconds).toFixed(2)} s of processor a second of clip.`,
  )
}
