import fc from 'fast-check'
import { DirectedGraph } from 'graphology'
import { parse } from 'graphology-gexf'
import { expect, test } from 'vitest'
import { graphToGexfText, graphToJsonText, sessionGraph } from '../../../src/server/exports/graph.ts'
import { anyConversation } from './conversation.ts'

const OPTIONS = { modalities: ['text', 'audio'], past: 2, future: 3, speakerRelations: true } as const

test('a node for each modality that was used; live, no edge goes back in time', () => {
  fc.assert(
    fc.property(anyConversation(), (conversation) => {
      const graph = sessionGraph(conversation, OPTIONS)
      const used = conversation.utterances.reduce((sum, { modalities }) => sum + modalities.length, 0)
      expect(graph.order).toBe(used)
      graph.forEachDirectedEdge((_edge, _attributes, _source, _target, source, target) => {
        expect(source.utterance).toBeLessThanOrEqual(target.utterance)
        expect(target.utterance - source.utterance).toBeLessThanOrEqual(OPTIONS.past)
      })
    }),
  )
})

test('both forms are read back with the same nodes, edges and attention, and without words', () => {
  fc.assert(
    fc.property(anyConversation(fc.constant('unmistakable words')), (conversation) => {
      const last = conversation.utterances.at(-1)
      if (last === undefined) return
      const attention = last.modalities.map((modality) => ({
        utterance_id: last.utteranceId,
        modality,
        target: modality,
        share: 0.25,
      }))
      const utterances = [...conversation.utterances.slice(0, -1), { ...last, attention }]
      const graph = sessionGraph({ ...conversation, utterances }, OPTIONS)
      const json = graphToJsonText(graph)
      const gexf = graphToGexfText(graph)
      expect(json + gexf).not.toContain('unmistakable')
      const read = new DirectedGraph().import(JSON.parse(json))
      expect(read.export()).toEqual(graph.export())
      const fromGexf = parse(DirectedGraph, gexf)
      expect(fromGexf.nodes()).toEqual(graph.nodes())
      expect(fromGexf.size).toBe(graph.size)
      const weighted = graph.filterEdges((_edge, { share }) => share !== undefined)
      expect(weighted.length).toBe(last.modalities.length)
      for (const edge of weighted) {
        const [source, target] = graph.extremities(edge)
        expect(fromGexf.getEdgeAttribute(fromGexf.edge(source, target)!, 'weight')).toBe(0.25)
      }
    }),
  )
})
