import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { Evaluation } from './evaluation.ts'
import { meanAndDeviation } from './metrics.ts'
import type { KeptEpoch } from './trainer.ts'

/** What training with one seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly kept: KeptEpoch
  readonly epochs: number
  /** One for each split, mode and choice of modalities that was evaluated. */
  readonly evaluations: readonly Evaluation[]
}

/** The weighted F1 of one split, mode and choice of modalities over the seeds. */
export interface SummaryRow {
  readonly split: Evaluation['split']
  readonly mode: Mode
  readonly modalities: readonly Modality[]
  readonly mean: number
  /** Sample standard deviation over the seeds; 0 for one seed. */
  readonly deviation: number
  /** In the order of the seeds. */
  readonly each: readonly number[]
}

const key = ({ split, mode, modalities }: Evaluation): string => [split, mode, ...modalities].join(' ')

/** Mean and deviation over the seeds of everything that was evaluated, in the order of the first seed's evaluations. */
export function summarise(results: readonly SeedResult[]): SummaryRow[] {
  return (results[0]?.evaluations ?? []).map((first) => {
    const each = results.map(({ evaluations }) => {
      const same = evaluations.find((other) => key(other) === key(first))
      return same?.scores.weightedF1 ?? Number.NaN
    })
    const { split, mode, modalities } = first
    return { split, mode, modalities, each, ...meanAndDeviation(each) }
  })
}

/** The result whose model is kept: of the best dev score, or without one the first. The test split has no say. */
export function bestSeed(results: readonly SeedResult[]): SeedResult {
  return results.reduce((best, result) => ((result.kept.score ?? 0) > (best.kept.score ?? 0) ? result : best))
}

/** The summary for a terminal. */
export function renderSummary(results: readonly SeedResult[]): string {
  const rows = summarise(results)
  const figure = (value: number) => value.toFixed(4)
  const width = Math.max(14, ...rows.map(({ modalities }) => modalities.join('+').length + 2))
  const head = `split  mode     ${'input'.padEnd(width)}${results.map(({ seed }) => `seed ${seed}`.padEnd(9)).join('')}mean     sd`
  const lines = rows.map(({ split, mode, modalities, each, mean, deviation }) => {
    const numbers = each.map((value) => figure(value).padEnd(9)).join('')
    return `${split.padEnd(7)}${mode.padEnd(9)}${modalities.join('+').padEnd(width)}${numbers}${figure(mean)}   ${figure(deviation)}`
  })
  return ['weighted F1', head, ...lines].join('\n')
}
