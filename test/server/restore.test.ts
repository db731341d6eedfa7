import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packagePath } from '../../src/package.ts'
import { loadServedModel } from '../../src/server/load-model.ts'
import type { ServerMessage } from '../../src/server/protocol/server-messages.ts'
import type { ServedModel } from '../../src/server/served-model.ts'
import { CONFIGURE, openBench, transcript } from './session-harness.ts'
import { storePaths } from './store-paths.ts'

let model: ServedModel
const newPath = storePaths()
beforeAll(async () => {
  model = await loadServedModel(packagePath('models/emograph-iemocap6'))
})
afterAll(() => model.dispose())

const SAID = ['We got the keys!', 'You said that last week.', 'No.', 'I am so tired of this', 'Wonderful', 'What now?']

/** Words for the model's own encoder; every third utterance has sound too, in numbers that a voice could have. */
function utterances(count: number) {
  const random = xoroshiro128plus(7)
  const number = (): number => random.next() / 2 ** 31
  return Array.from({ length: count }, (_, i) =>
    transcript(`${SAID[i % SAID.length]} ${i}`, {
      participant: i % 3 === 1 ? 'bob' : 'ann',
      utterance_id: `${i}`,
      start_ms: i * 1_000,
      end_ms: i * 1_000 + 900,
      request_id: `r${i}`,
      ...(i % 3 === 0 && { features: { audio: Array.from({ length: model.featureSizes.audio! }, number) } }),
    }),
  )
}

/** What a client is told whose server is killed before the utterances of these numbers. */
async function told(mode: string, script: readonly object[], kills: readonly number[]): Promise<ServerMessage[]> {
  const path = newPath()
  let bench = openBench({ path, model })
  let line = bench.open()
  const { session_id, token } = line.of('session.created')[0]!
  const all: ServerMessage[] = []
  line.say({ ...CONFIGURE, mode, request_id: 'configure' })
  for (const [i, message] of script.entries()) {
    if (kills.includes(i)) {
      all.push(...line.sent.filter(({ type }) => !type.startsWith('session.')))
      const lastSeq = line.sent.at(-1)!.seq
      line.connection.lost()
      bench.kill()
      bench = openBench({ path, model })
      line = bench.open()
      line.say({ type: 'session.resume', session_id, token, last_seq: lastSeq })
    }
    line.say(message)
    // Killed with some labelled, some waiting.
    if (i % 4 === 0) await expect.poll(() => line.connection.session?.waiting).toBe(0)
  }
  await line.connection.session?.close('client')
  all.push(...line.sent.filter(({ type }) => !type.startsWith('session.')))
  expect(bench.faults).toEqual([])
  bench.kill()
  return all
}

test.each(['live', 'offline'])('the shipped model, %s: labels after restarts are those without', async (mode) => {
  const script = utterances(14)
  const [expected, got] = [await told(mode, script, []), await told(mode, script, [3, 6, 11])]
  expect(labelsOf(got)).toEqual(labelsOf(expected))
  expect(labelsOf(got).length).toBeGreaterThanOrEqual(script.length)
})

/** In live mode to the last bit; offline the batch form is computed over other padding. */
const labelsOf = (messages: readonly ServerMessage[]) =>
  messages.flatMap((message) => {
    if (message.type !== 'utterance.label' && message.type !== 'utterance.revised') return []
    const digits = message.mode === 'live' ? 12 : 5
    const probabilities = message.probabilities.map(({ probability }) => probability.toFixed(digits))
    return [[message.type, message.utterance_id, message.label, message.mode, ...probabilities]]
  })
