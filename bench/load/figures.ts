import { percentiles } from '../../src/replay/summary.ts'
import type { Spoken } from './speak.ts'

/** What a part of the benchmark has found, one line of its table. */
export interface LatencyFigures {
  readonly what: string
  readonly utterances: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
  readonly boundP95Ms: number
  /** Without a final label; with more than one. */
  readonly lost: number
  readonly doubled: number
  /** How many labels used each modality. */
  readonly modalities: Readonly<Record<string, number>>
  /** 95th percentile of how late the client itself was. */
  readonly clientLateP95Ms: number
}

export function latencyFigures(what: string, spoken: readonly Spoken[], boundP95Ms: number): LatencyFigures {
  const latencies = spoken.map(({ latencyMs }) => latencyMs).filter((ms) => !Number.isNaN(ms))
  const { p50, p95 } = percentiles(latencies)
  const modalities: Record<string, number> = {}
  for (const modality of spoken.flatMap((each) => each.modalities))
    modalities[modality] = (modalities[modality] ?? 0) + 1
  return {
    what,
    utterances: spoken.length,
    p50Ms: p50,
    p95Ms: p95,
    maxMs: latencies.reduce((most, ms) => Math.max(most, ms), 0),
    boundP95Ms,
    lost: spoken.filter(({ finals }) => finals === 0).length,
    doubled: spoken.filter(({ finals }) => finals > 1).length,
    modalities,
    clientLateP95Ms: percentiles(spoken.map(({ lateMs }) => lateMs)).p95,
  }
}

export function latencyRow(figures: LatencyFigures): Record<string, string | number> {
  const used = Object.entries(figures.modalities).map(([name, count]) => `${name} ${count}`)
  return {
    '': figures.what,
    utterances: figures.utterances,
    'p50 ms': figures.p50Ms.toFixed(1),
    'p95 ms': figures.p95Ms.toFixed(1),
    'max ms': figures.maxMs.toFixed(1),
    'bound p95': `${figures.boundP95Ms}${figures.p95Ms > figures.boundP95Ms ? ' OVER' : ''}`,
    lost: figures.lost,
    doubled: figures.doubled,
    'client late p95': figures.clientLateP95Ms.toFixed(1),
    used: used.join(', '),
  }
}

export const isWhole = ({ lost, doubled }: LatencyFigures): boolean => lost === 0 && doubled === 0
