import { expect, test } from 'vitest'
import { encodeMissingText, lacksTextFeatures } from '../../src/datasets/encode-missing-text.ts'

const utterance = (id: string, text?: string) => ({
  id,
  speaker: 'A',
  startMs: 0,
  endMs: 1,
  label: null,
  ...(text !== undefined && { text }),
  features: {},
})

test('text is lacking where there are words without features, and only there', () => {
  const lacks = (...utterances: Parameters<typeof lacksTextFeatures>[0][number]['utterances']) =>
    lacksTextFeatures([{ id: 'c', utterances }])
  expect(lacks(utterance('a', 'words'))).toBe(true)
  expect(lacks(utterance('a'), utterance('b', '  '))).toBe(false)
  expect(lacks({ ...utterance('a', 'words'), features: { text: Float32Array.of(1) } })).toBe(false)
})

test('no encoder is loaded where nothing is lacking', async () => {
  const conversations = [{ id: 'c', utterances: [utterance('a')] }]
  const complete = await encodeMissingText(conversations, 'no-such-encoder', '/nowhere')
  expect(complete.conversations).toBe(conversations)
  expect(complete.encoder).toBeUndefined()
})
