import { describe, expect, it } from 'vitest'
import type { Mode } from '../../src/conversation/mode.ts'
import { parseTrainConfig } from '../../src/training/config-file.ts'
import type { Evaluation } from '../../src/training/evaluation.ts'
import { type Scores, scorePredictions } from '../../src/training/metrics.ts'
import { renderModelCard } from '../../src/training/model-card.ts'
import { bestSeed, renderSummary, type SeedResult, summarise } from '../../src/training/results.ts'

const evaluation = (mode: Mode, weightedF1: number): Evaluation => ({
  model: 'm',
  labelSet: 'iemocap4',
  split: 'test',
  mode,
  modalities: ['text', 'audio'],
  conversations: 1,
  scores: { ...(scorePredictions([], 4) satisfies Scores), weightedF1 },
})
const result = (seed: number, score: number | null, live: number, offline: number): SeedResult => ({
  seed,
  kept: { epoch: 3, score },
  epochs: 5,
  evaluations: [evaluation('live', live), evaluation('offline', offline)],
})
const results = [result(1, 0.5, 0.62, 0.7), result(2, 0.6, 0.64, 0.71), result(3, 0.4, 0.66, 0.75)]

describe('results of several seeds', () => {
  it('are summarised by mean and sample deviation, mode by mode', () => {
    const [live, offline] = summarise(results)
    expect(live).toMatchObject({ split: 'test', mode: 'live', each: [0.62, 0.64, 0.66] })
    expect(live!.mean).toBeCloseTo(0.64, 12)
    expect(live!.deviation).toBeCloseTo(0.02, 12)
    expect(offline!.mean).toBeCloseTo(0.72, 12)
    expect(renderSummary(results)).toMatch(/test\s+live\s+text\+audio\s+0.6200\s+0.6400\s+0.6600\s+0.6400\s+0.0200/)
  })

  it('keep the seed that dev likes best, whatever test says, and the first where there is no dev', () => {
    expect(bestSeed(results).seed).toBe(2)
    expect(bestSeed(results.map((each) => ({ ...each, kept: { epoch: 3, score: null } }))).seed).toBe(1)
  })
})

describe('renderModelCard', () => {
  const card = (input: object) =>
    renderModelCard({
      name: 'a-model',
      config: parseTrainConfig({ data: { path: 'x', labelSet: 'iemocap4' }, out: '/home/someone/runs', ...input }),
      results,
      labels: ['hap', 'sad', 'neu', 'ang'],
      splits: [{ split: 'train', conversations: 3, utterances: 40 }],
      parameters: 12345,
      sha256: 'f'.repeat(64),
    })

  it('says data, terms, figures, limits and the sum of the weights', () => {
    const text = card({ card: { data: 'Some data.', terms: 'some terms.', limits: ['not for cats'] } })
    for (const part of [
      'Some data. Terms: some terms.',
      '- not for cats',
      '0.6400 | 0.0200 | 0.6400',
      'f'.repeat(64),
    ]) {
      expect(text).toContain(part)
    }
    expect(text).toContain('The weights here are of seed 2, epoch 3')
    expect(text).not.toContain('/home/someone')
  })

  it('says truly what was chosen by what', () => {
    expect(card({})).toContain('The dev split (val) chose the epoch and the seed.')
    expect(card({ keep: 'last' })).toContain('the dev split (val) chose the seed.')
    const fit = { data: { path: 'x', labelSet: 'iemocap4', learnFromDev: true }, keep: 'last', patience: null }
    expect(card(fit)).toContain('was learned from as well')
  })
})
