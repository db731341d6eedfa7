import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { readJsonl } from '../../src/datasets/jsonl.ts'
import { readWebVtt } from '../../src/datasets/webvtt.ts'
import { collect } from '../support/collect.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

it('the bundled conversation is one conversation in both forms, with every emotion of the label set', async () => {
  const [conversation, ...others] = await collect(readJsonl(join(EXAMPLES, 'moving-house.jsonl')))
  expect(others).toEqual([])
  const captions = await readWebVtt(join(EXAMPLES, 'moving-house.vtt'))
  expect(captions.id).toBe(conversation!.id)
  expect(captions.utterances).toEqual(conversation!.utterances.map((u) => ({ ...u, label: null })))
  expect(new Set(conversation!.utterances.map((u) => u.label))).toEqual(new Set(LABEL_SETS.iemocap6))
  const starts = conversation!.utterances.map((u) => u.startMs)
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
})
