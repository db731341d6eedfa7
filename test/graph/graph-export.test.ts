import { DirectedGraph } from 'graphology'
import { parse } from 'graphology-gexf'
import { expect, test } from 'vitest'
import { createConversationGraph } from '../../src/graph/conversation-graph.ts'
import { graphToGexf, graphToJson } from '../../src/graph/graph-export.ts'

function small() {
  const conversation = createConversationGraph({ modalities: ['text', 'audio'], past: 1, future: 1, mode: 'offline' })
  conversation.add(['text', 'audio'])
  conversation.add(['text'])
  return conversation
}

test('JSON lists nodes modality by modality and edges between their indices', () => {
  const json = JSON.parse(JSON.stringify(graphToJson(small())))
  expect(json.nodes).toEqual([
    { modality: 'text', utterance: 0 },
    { modality: 'text', utterance: 1 },
    { modality: 'audio', utterance: 0 },
  ])
  expect(json.edges.map((e: Record<string, number>) => [e.source, e.target, json.relations[e.relation!].name])).toEqual(
    [
      [0, 0, 'text same'],
      [0, 1, 'text earlier'],
      [0, 2, 'text to audio'],
      [1, 0, 'text later'],
      [1, 1, 'text same'],
      [2, 0, 'audio to text'],
      [2, 2, 'audio same'],
    ],
  )
  expect(json).toMatchObject({ modalities: ['text', 'audio'], past: 1, future: 1, mode: 'offline' })
})

test('GEXF is read back to the same graph', () => {
  const { graph } = small()
  const read = parse(DirectedGraph, graphToGexf(small()))
  expect(read.nodes().sort()).toEqual(graph.nodes().sort())
  expect(read.size).toBe(graph.size)
  graph.forEachEdge((_key, edge, source, target) => {
    expect(read.getEdgeAttributes(source, target)).toMatchObject({ relation: edge.relation, name: edge.name })
  })
  expect(read.getNodeAttributes('audio:0')).toMatchObject({ modality: 'audio', utterance: 0 })
})
