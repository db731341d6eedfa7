import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MODALITIES } from '../../../src/conversation/modality.ts'
import { layOutGraph } from '../../../web/src/charts/graph-layout.ts'
import { layOutTimeline } from '../../../web/src/charts/timeline-layout.ts'
import type { ShownUtterance } from '../../../web/src/state/conversation-state.ts'

const NAMES = ['hap', 'sad', 'neu'] as const
const PEOPLE = ['ann', 'bob'] as const

/** Conversations as the page has them: in order of time, attention to what came before. */
const conversations = fc
  .array(
    fc.record({
      participant: fc.constantFrom(...PEOPLE),
      gapMs: fc.integer({ min: 0, max: 4_000 }),
      lengthMs: fc.integer({ min: 0, max: 20_000 }),
      weights: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      modalities: fc.subarray([...MODALITIES], { minLength: 1 }),
      labelled: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((turns) => {
    let startMs = 0
    const utterances: ShownUtterance[] = []
    for (const [i, turn] of turns.entries()) {
      startMs += turn.gapMs
      const total = turn.weights.reduce((sum, weight) => sum + weight, 0)
      const before = utterances.at(-1)
      utterances.push({
        id: `u${i}`,
        participant: turn.participant,
        startMs,
        endMs: startMs + turn.lengthMs,
        text: '',
        phase: 'labelled',
        label: turn.labelled ? 'neu' : undefined,
        probabilities: NAMES.map((name, at) => ({ name, probability: turn.weights[at]! / total })),
        modalities: turn.modalities,
        missing: {},
        mode: 'live',
        final: true,
        latencyMs: 10,
        attention: before
          ? [
              { utterance_id: before.id, modality: 'text', target: 'text', share: 0.7 },
              { utterance_id: `u${i}`, modality: 'text', target: 'text', share: 0.3 },
            ]
          : [],
        formerLabels: [],
      })
    }
    return utterances
  })

const SIZE = { width: 600, laneHeight: 40, laneHead: 20, axisHeight: 20 }

describe('timeline', () => {
  test('every labelled utterance has a column in its speaker’s lane, filled by its probabilities, within the width', () => {
    fc.assert(
      fc.property(conversations, (utterances) => {
        const { lanes, width } = layOutTimeline(utterances, PEOPLE, SIZE)
        expect(lanes.flatMap(({ columns }) => columns.map(({ utterance }) => utterance.id)).toSorted()).toEqual(
          utterances.flatMap(({ id, label }) => (label === undefined ? [] : [id])).toSorted(),
        )
        for (const { participant, y, columns } of lanes)
          for (const column of columns) {
            expect(column.utterance.participant).toBe(participant)
            expect(column.x).toBeGreaterThanOrEqual(0)
            expect(column.width).toBeGreaterThan(0)
            expect(column.x + column.width).toBeLessThanOrEqual(width + 1e-6)
            expect(column.segments.reduce((sum, { height }) => sum + height, 0)).toBeCloseTo(SIZE.laneHeight)
            expect(Math.min(...column.segments.map((segment) => segment.y))).toBeCloseTo(y)
          }
      }),
    )
  })

  test('ticks are of one distance and can be told apart', () => {
    fc.assert(
      fc.property(conversations, (utterances) => {
        const { ticks, width } = layOutTimeline(utterances, PEOPLE, SIZE)
        for (const [i, tick] of ticks.entries()) {
          // Its time has room.
          expect(tick.x).toBeLessThanOrEqual(width - 40)
          if (i > 0) expect(tick.x - ticks[i - 1]!.x).toBeGreaterThanOrEqual(64 - 1e-6)
        }
      }),
    )
  })
})

describe('graph', () => {
  test('nodes stand apart; edges join nodes that are there, go forward in time, and none joins a node with itself', () => {
    fc.assert(
      fc.property(conversations, fc.nat(), (utterances, pick) => {
        const current = utterances.length === 0 ? undefined : utterances[pick % utterances.length]
        const { nodes, edges } = layOutGraph(utterances, current?.id)
        const byKey = new Map(nodes.map((node) => [node.key, node]))
        expect(byKey.size).toBe(nodes.length)
        expect(new Set(nodes.map(({ x, y }) => `${x.toFixed(6)} ${y.toFixed(6)}`)).size).toBe(nodes.length)
        for (const { source, target } of edges) {
          expect(source).not.toBe(target)
          const [from, to] = [byKey.get(source)!, byKey.get(target)!]
          expect(from.utterance.startMs).toBeLessThanOrEqual(to.utterance.startMs)
        }
        if (current?.label !== undefined) expect(nodes.some(({ utterance }) => utterance === current)).toBe(true)
      }),
    )
  })
})
