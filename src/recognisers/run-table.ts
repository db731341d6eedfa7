import { meanAndDeviation } from '../training/metrics.ts'
import type { RecogniserEvaluation } from './recogniser-data.ts'
import type { RecogniserRun, RecogniserSeed } from './train.ts'

/** A run's figures for a terminal: accuracy of each seed, mean and deviation, in each way of scaling. */
export function renderRun({ seeds, items }: RecogniserRun): string {
  const figure = (value: number): string => value.toFixed(4)
  const rows = (['val', 'test'] as const).flatMap((part) =>
    (seeds[0]?.[part] ?? []).map(({ scaling }, k) => {
      const each = seeds.map((seed) => seed[part][k]!.scores.accuracy)
      const { mean, deviation } = meanAndDeviation(each)
      const numbers = each.map((value) => figure(value).padEnd(9)).join('')
      return `${part.padEnd(6)}${scaling.padEnd(12)}${numbers}${figure(mean)}  ${figure(deviation)}`
    }),
  )
  const head = `part  scaling     ${seeds.map(({ seed }) => `seed ${seed}`.padEnd(9)).join('')}mean    sd`
  return [`accuracy on ${items.val} val and ${items.test} test items, ${items.train} trained on`, head, ...rows].join(
    '\n',
  )
}

/** One seed's figures as JSON. */
export function seedJson({ seed, kept, val, test }: RecogniserSeed): object {
  const figures = (found: readonly RecogniserEvaluation[]) =>
    found.map(({ scaling, scores }) => ({
      scaling,
      accuracy: scores.accuracy,
      macro_f1: scores.macroF1,
      weighted_f1: scores.weightedF1,
    }))
  return { seed, kept, val: figures(val), test: figures(test) }
}
