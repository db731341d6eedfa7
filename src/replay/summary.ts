import type { PlayedConversation } from '../client/play.ts'
import { LABEL_SETS, type LabelSetName, labelIndex } from '../conversation/label-sets.ts'
import type { Mode } from '../conversation/mode.ts'
import { scorePredictions } from '../training/metrics.ts'

/** Percentiles of times in ms. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What a replay came to: the object that `emograph replay --json` prints. */
export interface ReplaySummary {
  readonly model: string
  readonly mode: Mode
  readonly conversations: number
  readonly utterances: number
  /** Utterances that have a reference label; without any the two figures after it are null. */
  readonly scored: number
  readonly weighted_f1: number | null
  readonly accuracy: number | null
  /** Of the server: from the receipt of the final transcript to the sending of the label. */
  readonly latency_ms: Percentiles
  /** Of the client: from sending the transcript to having the label. */
  readonly round_trip_ms: Percentiles
  readonly utterances_per_second: number
  readonly revisions: number
  readonly changed_labels: number
  /** The label of every utterance after the last revision: conversation id, then utterance id. */
  readonly labels: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export function summariseReplay(
  played: readonly PlayedConversation[],
  run: { readonly model: string; readonly mode: Mode; readonly labelSet: LabelSetName },
): ReplaySummary {
  const utterances = played.flatMap((conversation) => conversation.utterances)
  const seconds = sum(played, ({ durationMs }) => durationMs) / 1000
  const scores = scorePredictions(
    played.map((conversation) => ({
      labels: Int32Array.from(conversation.utterances, ({ utterance }) => labelIndex(run.labelSet, utterance.label)),
      probabilities: Float32Array.from(conversation.utterances.flatMap(({ probabilities }) => [...probabilities])),
    })),
    LABEL_SETS[run.labelSet].length,
  )
  const scored = scores.utterances > 0
  return {
    model: run.model,
    mode: run.mode,
    conversations: played.length,
    utterances: utterances.length,
    scored: scores.utterances,
    weighted_f1: scored ? scores.weightedF1 : null,
    accuracy: scored ? scores.accuracy : null,
    latency_ms: percentiles(utterances.map(({ latencyMs }) => latencyMs)),
    round_trip_ms: percentiles(utterances.map(({ roundTripMs }) => roundTripMs)),
    utterances_per_second: seconds > 0 ? utterances.length / seconds : 0,
    revisions: sum(played, ({ revisions }) => revisions),
    changed_labels: sum(played, ({ changes }) => changes),
    labels: Object.fromEntries(
      played.map(({ conversation, utterances: own }) => [
        conversation.id,
        Object.fromEntries(own.map(({ utterance, label }) => [utterance.id, label])),
      ]),
    ),
  }
}

/** Nearest-rank percentiles: each is a value that was measured. Of no values: 0. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** The figures for people, one a line. */
export function renderReplaySummary(summary: ReplaySummary): string {
  const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(2)} %`)
  const times = ({ p50, p95, p99 }: Percentiles): string =>
    `p50 ${p50.toFixed(1)} ms   p95 ${p95.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`
  const { conversations, utterances, scored } = summary
  const rows: [string, string][] = [
    ['model', `${summary.model}, ${summary.mode}`],
    ['conversations', `${conversations} (${utterances} utterances, ${scored} with a reference label)`],
    ['weighted F1', percent(summary.weighted_f1)],
    ['accuracy', percent(summary.accuracy)],
    ['latency', times(summary.latency_ms)],
    ['round trip', times(summary.round_trip_ms)],
    ['throughput', `${summary.utterances_per_second.toFixed(1)} utterances/s`],
    ['revisions', `${summary.revisions} (${summary.changed_labels} of them changed the label)`],
  ]
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n')
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0)
