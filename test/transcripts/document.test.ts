import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TRANSCRIPT_FORMATS } from '../../src/server/protocol/fields.ts'
import { parseClientMessage } from '../../src/server/protocol/parse.ts'
import { createTranscriptImports } from '../../src/server/transcript-import.ts'
import { line } from './fixtures.ts'

const blocks = readFileSync(join(import.meta.dirname, '../../docs/transcripts.md'), 'utf8')
  .split('```\n')
  .filter((_, i) => i % 2 === 1)

test('the examples of docs/transcripts.md become what the page says', () => {
  const formats = blocks.map((block) => {
    const imports = createTranscriptImports()
    const told: string[] = []
    const formats = new Set<string>()
    for (const row of block.split('\n').filter((text) => text.startsWith('→ '))) {
      const message = parseClientMessage(row.slice(2))
      if (message.type !== 'transcript.import') throw new Error(`a message of type ${message.type}`)
      formats.add(message.format)
      for (const { participant, start_ms, end_ms, text, final } of imports.take(message, [{ id: 'ann' }]).transcripts)
        told.push(line({ speaker: participant, startMs: start_ms, endMs: end_ms, text, final }))
    }
    expect(told.length).toBeGreaterThan(0)
    expect(block.split('\n').flatMap((row) => (row.startsWith('= ') ? [row.slice(2)] : []))).toEqual(told)
    return [...formats].join()
  })
  expect(formats).toEqual([...TRANSCRIPT_FORMATS])
})
