import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MODALITIES, type Modality } from '../../src/conversation/modality.ts'
import { createConversationGraph, nodeKey } from '../../src/graph/conversation-graph.ts'
import { edgeList } from '../../src/graph/edge-list.ts'
import { graphToJson } from '../../src/graph/graph-export.ts'
import { publishedRelationKey, relationTypes } from '../../src/graph/relations.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'
import { type Case, cases, plainEdges, speakersOf } from './reference.ts'

const graphOf = (given: Case, b: number) => {
  const conversation = createConversationGraph(given)
  const speakers = speakersOf(given, b)
  given.presence[b]!.forEach((flags, i) => {
    conversation.add(
      given.modalities.filter((_, m) => flags[m]),
      speakers[i]!,
    )
  })
  return conversation
}

const edgeNames = (conversation: ReturnType<typeof graphOf>): string[] => {
  const list = edgeList(conversation)
  return Array.from(
    list.relation,
    (r, e) => `${list.sourceSlot[e]} ${list.source[e]} > ${list.targetSlot[e]} ${list.target[e]}: ${r}`,
  )
}

test('has exactly the edges of the definition, whatever is missing', () => {
  fc.assert(
    fc.property(cases, (given) => {
      given.presence.forEach((_, b) => {
        const one = { ...given, presence: [given.presence[b]!] }
        const expected = plainEdges(one).map(
          ({ source, target, relation }) => `${source[0]} ${source[1]} > ${target[0]} ${target[1]}: ${relation}`,
        )
        const conversation = graphOf(given, b)
        expect(edgeNames(conversation).sort()).toEqual(expected.sort())
        expect(conversation.graph.order).toBe(given.presence[b]!.flat().filter(Boolean).length)
      })
    }),
  )
})

test('live has no edge whose source is later than its target, and is otherwise the offline graph', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const live = graphOf({ ...given, mode: 'live' }, 0)
      const offline = graphOf({ ...given, mode: 'offline' }, 0)
      live.graph.forEachEdge((_key, _edge, _source, _target, source, target) => {
        expect(source.utterance).toBeLessThanOrEqual(target.utterance)
      })
      offline.graph.forEachEdge((key, edge) => {
        if (edge.kind.startsWith('later')) offline.graph.dropEdge(key)
      })
      expect(edgeNames(live).sort()).toEqual(edgeNames(offline).sort())
    }),
  )
})

test('forgetting leaves the graph of the utterances that are kept, and later ones join it as before', () => {
  fc.assert(
    fc.property(cases, fc.nat(7), fc.nat(3), (given, before, more) => {
      const whole = graphOf(given, 0)
      const streamed = graphOf(given, 0)
      streamed.forget(before)
      for (let k = 0; k < more; k++) {
        whole.add(given.modalities)
        streamed.add(given.modalities)
      }
      whole.graph.forEachNode((key, { utterance }) => {
        if (utterance < Math.min(before, given.presence[0]!.length)) whole.graph.dropNode(key)
      })
      expect(edgeNames(streamed).sort()).toEqual(edgeNames(whole).sort())
      expect(streamed.length).toBe(given.presence[0]!.length + more)
    }),
  )
})

test('nodes and edges carry what exports and pages need', () => {
  const conversation = createConversationGraph({ modalities: ['text', 'audio'], past: 1, future: 0, mode: 'live' })
  conversation.add(['text', 'audio'])
  conversation.add(['audio'])
  const { graph } = conversation
  expect(graph.getNodeAttributes(nodeKey('audio', 1))).toEqual({ modality: 'audio', slot: 1, utterance: 1, speaker: 0 })
  expect(graph.hasNode(nodeKey('text', 1))).toBe(false)
  expect(graph.getEdgeAttributes(nodeKey('audio', 0), nodeKey('audio', 1))).toEqual({
    relation: 1,
    kind: 'earlier',
    name: 'audio earlier',
  })
})

test.each([
  [{ past: -1 }, 'past'],
  [{ future: 0.5 }, 'future'],
  [{ modalities: [] }, 'modalities'],
  [{ modalities: ['text', 'text'] as Modality[] }, 'modalities'],
])('%j is refused', (wrong, field) => {
  const options = { modalities: MODALITIES, past: 1, future: 1, mode: 'live' as const, ...wrong }
  expect(() => createConversationGraph(options)).toThrow(new RegExp(`EMO_CONFIG_INVALID.*${field}`))
})

test("has the nodes, edges and relations of the published code: this repository's fixture", () => {
  expectPublished(join(import.meta.dirname, '../fixtures/reference_at_n14.safetensors'))
})

describeWithShared('fixtures', 'has the nodes, edges and relations of the published code', () => {
  test.each(['reference_atv_n9', 'reference_at_n14', 'reference_atv_n12_past_only_edges'])('%s', (name) => {
    expectPublished(join(SHARED, 'fixtures', `${name}.safetensors`))
  })
})

function expectPublished(path: string): void {
  const { metadata, int32 } = readFixture(path)
  const config = JSON.parse(metadata.config!) as { modalities: string[]; utterances: number; wp: number; wf: number }
  // Slots are bound in the order text, audio, visual whatever they are called. Its edges run source to target, so wp
  // is how far *later* a source may be and wf, whose end is exclusive, how far earlier.
  const modalities = MODALITIES.slice(0, config.modalities.length)
  const options = { modalities, past: Math.max(0, config.wf - 1), future: config.wp, mode: 'offline' as const }
  const conversation = createConversationGraph(options)
  for (let i = 0; i < config.utterances; i++) conversation.add(modalities)
  const json = graphToJson(conversation)

  const published = JSON.parse(metadata.relations!) as Record<string, number>
  const keys = relationTypes(modalities).map((relation) => [publishedRelationKey(relation, modalities), relation.index])
  expect(Object.fromEntries(keys)).toEqual(published)
  expect(json.nodes.map(({ modality }) => modalities.indexOf(modality))).toEqual([...int32('graph/node_type')])
  const ends = int32('graph/edge_index')
  const types = int32('graph/edge_type')
  const expected = Array.from(types, (relation, e) => ({
    source: ends[e]!,
    target: ends[types.length + e]!,
    relation,
  })).sort((a, b) => a.source - b.source || a.target - b.target)
  expect(json.edges).toEqual(expected)
}

/** The header and the integer tensors of a safetensors file, read here in a few lines to stay apart from the product's reader. */
function readFixture(path: string) {
  const bytes = readFileSync(path)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const { __metadata__: metadata, ...header } = JSON.parse(bytes.toString('utf8', 8, start)) as {
    __metadata__: Record<string, string>
  } & Record<string, { data_offsets: [number, number] }>
  const int32 = (name: string): Int32Array => {
    const [from, to] = (header as Record<string, { data_offsets: [number, number] }>)[name]!.data_offsets
    return new Int32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer)
  }
  return { metadata, int32 }
}
