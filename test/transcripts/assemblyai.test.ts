import { describe, expect, test } from 'vitest'
import { createAssemblyAiAdapter } from '../../src/transcripts/assemblyai.ts'
import { line, messages } from './fixtures.ts'

const take = (list: readonly unknown[]): string[][] => {
  const adapter = createAssemblyAiAdapter()
  return list.map((message) => adapter.take(message).map(line))
}

describe('AssemblyAI', () => {
  test('tells each turn once, from the second on by its formatted end, and each of its speakers', () => {
    expect(take(messages('assemblyai.json'))).toEqual([
      [],
      [],
      [],
      ['~A 960-1500 the boxes'],
      ['A 960-2160 the boxes are in the hall'],
      [],
      ['~B 3000-3500 all of them'],
      [],
      ['B 3000-3600 All of them?', 'A 3900-4200 Yes.'],
      [],
      ['B 5000-5300 good'],
    ])
  })

  test('without formatted ends a turn is told at its only one; a turn whose formatted end is lost with the next', () => {
    const turn = (order: number, formatted: boolean) => ({
      type: 'Turn',
      turn_order: order,
      end_of_turn: true,
      turn_is_formatted: formatted,
      transcript: `turn ${order}`,
      words: [{ text: 'turn', start: order * 1000, end: order * 1000 + 500 }],
    })
    expect(take([turn(0, false), turn(1, false)])).toEqual([['- 0-500 turn 0'], ['- 1000-1500 turn 1']])
    expect(take([turn(0, false), turn(0, true), turn(1, false), turn(2, false), turn(2, true)])).toEqual([
      ['- 0-500 turn 0'],
      [],
      [],
      ['- 1000-1500 turn 1'],
      ['- 2000-2500 turn 2'],
    ])
    // What is formatted from the beginning needs no second end.
    expect(take([turn(0, true), turn(1, true)])).toEqual([['- 0-500 turn 0'], ['- 1000-1500 turn 1']])
  })

  test('v2: partial and final transcripts', () => {
    expect(take(messages('assemblyai-v2.json')).flat()).toEqual([
      '~- 400-1300 we found',
      '- 400-2240 We found the key.',
      '- 3000-3600 Where?',
    ])
  })
})
