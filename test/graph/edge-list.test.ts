import { expect, test } from 'vitest'
import { createConversationGraph } from '../../src/graph/conversation-graph.ts'
import { createEdgeSource, edgeList } from '../../src/graph/edge-list.ts'

const OPTIONS = { modalities: ['text', 'audio'] as const, past: 1, future: 1, mode: 'offline' as const }

test('lists the edges into the utterances from a given one on', () => {
  const conversation = createConversationGraph(OPTIONS)
  for (let i = 0; i < 4; i++) conversation.add(i === 2 ? ['text'] : ['text', 'audio'])
  const all = edgeList(conversation)
  const tail = edgeList(conversation, 2)
  expect(all.kind.length).toBe(conversation.graph.size)
  const kept = Array.from(all.target, (target, e) => [target, e] as const).filter(([target]) => target >= 2)
  expect(tail.kind.length).toBe(kept.length)
  expect(Array.from(tail.relation)).toEqual(kept.map(([, e]) => all.relation[e]))
  expect(Array.from(tail.source)).toEqual(kept.map(([, e]) => all.source[e]))
})

test('an edge source grows to the longest conversation and is made anew only then', () => {
  const edgesOf = createEdgeSource(OPTIONS)
  const short = edgesOf(3)
  expect(Math.max(...short.target)).toBe(2)
  expect(edgesOf(2)).toBe(short)
  const long = edgesOf(5)
  expect(Math.max(...long.target)).toBe(4)
  expect(edgesOf(3)).toBe(long)
})
