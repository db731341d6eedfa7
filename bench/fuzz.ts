import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { PlayedConversation } from '../src/client/play.ts'
import type { Conversation } from '../src/conversation/conversation.ts'
import { readConversations } from '../src/datasets/read-conversations.ts'
import { listJsonl } from '../src/replay/conversations.ts'
import { percentiles } from '../src/replay/summary.ts'
import { EXAMPLES } from '../src/terminal/options.ts'
import { startServerProcess } from '../test/e2e/server-process.ts'
import {
  type AttackReport,
  labelsOf,
  latenciesOf,
  type Memory,
  memoryInUse,
  playAll,
  residentBytes,
} from '../test/support/fuzz-run.ts'

/**
 * A real server in a process of its own. Well-behaved sessions play conversations to it at true speed, first undisturbed,
 * then while hostile clients do their worst (test/support/hostile-*.ts), over and over until the conversations end. The
 * labels have to be equal, the server has to live, its memory has to come back; the latencies are printed side by side.
 * Exits 1 otherwise.
 *
 * npm run bench:fuzz -- [--model DIR] [--sessions N] [--seconds N] [--settle N] [--seed N] [--json]
 */
const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    sessions: { type: 'string', default: '8' },
    /** How much of each conversation is played. */
    seconds: { type: 'string', default: '60' },
    /** How long the server is left alone before its memory is read: its thread for offline labels ends after a minute. */
    settle: { type: 'string', default: '75' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

/** A first round warms what stays warm; a second one must not add to it. */
const MOST_GROWTH = 1.05

async function readExamples(seconds: number): Promise<Conversation[]> {
  const conversations: Conversation[] = []
  for (const file of await listJsonl(EXAMPLES))
    for await (const conversation of readConversations(file, { labelSet: 'iemocap6' }))
      conversations.push({
        ...conversation,
        utterances: conversation.utterances.filter(({ endMs }) => endMs <= seconds * 1_000),
      })
  return conversations
}

const folder = await mkdtemp(join(tmpdir(), 'emograph-fuzz-'))
const config = join(folder, 'server.yaml')
// Sessions whose client is gone rest in the store soon, so that memory can be read without waiting for them.
await writeFile(config, stringify({ model: flags.model, dataDir: folder, logLevel: 'error', resumeMs: 2_000 }))
const server = await startServerProcess(['--config', config], { NODE_OPTIONS: '--inspect=127.0.0.1:0' })
const conversations = await readExamples(Number(flags.seconds))
const options = { sessions: Number(flags.sessions), speed: 1 }
const memory: Record<string, Memory> = {}
let peak = 0
async function remember(when: string): Promise<void> {
  await delay(Number(flags.settle) * 1_000)
  memory[when] = await memoryInUse(server.inspector() ?? '', server.pid)
}
const watch = setInterval(async () => {
  peak = Math.max(peak, (await residentBytes(server.pid)) ?? Number.NaN)
}, 100)

/** One round: the sessions play, and meanwhile, until they have ended, another process does everything hostile. */
async function round(seed: number): Promise<{ played: PlayedConversation[]; attacks: AttackReport[] }> {
  const { url, socketUrl } = server
  const orders = JSON.stringify({ url, socketUrl, seed, scale: 1, atOnce: 3, atMostMs: 30_000 })
  const file = fileURLToPath(new URL('../test/support/fuzz-attacker.ts', import.meta.url))
  const attacker = spawn(process.execPath, ['--import', 'tsx', file, orders], { stdio: ['ignore', 'pipe', 'inherit'] })
  const reports = text(attacker.stdout)
  const played = await playAll(server, conversations, options)
  attacker.kill('SIGTERM')
  return { played, attacks: JSON.parse(await reports) as AttackReport[] }
}

const undisturbed = await playAll(server, conversations, options)
await remember('after the undisturbed run')
const first = await round(Number(flags.seed))
await remember('after the first attacks')
const second = await round(Number(flags.seed) + 1_000)
await remember('after the second attacks')
clearInterval(watch)

const alive = server.exitCode() === null && (await fetch(`${server.url}/healthz`)).status === 200
const figures = await (await fetch(`${server.url}/metrics`)).text()
const told = (name: string): Record<string, number> =>
  Object.fromEntries(
    [...figures.matchAll(new RegExp(`^emograph_${name}_total{(?:code|reason)="(\\w+)"} (\\d+)`, 'gm'))].map(
      ([, label, count]) => [label!, Number(count)],
    ),
  )
const open = Number(/^emograph_connections (\d+)/m.exec(figures)?.[1])
await server.stop()
await rm(folder, { recursive: true })

const expected = labelsOf(undisturbed)
const differing = [first, second].map(({ played }) => {
  const labels = labelsOf(played)
  return labels.length === expected.length ? labels.filter((label, i) => label !== expected[i]).length : Number.NaN
})
const [before, after] = ['after the first attacks', 'after the second attacks'].map((when) => memory[when]!)
const growths = [after!.heap / before!.heap, (after!.resident ?? 0) / (before!.resident ?? 1)]

const row = (played: readonly PlayedConversation[]) => {
  const { p50, p95, p99 } = percentiles(latenciesOf(played))
  return {
    labels: labelsOf(played).length,
    'p50 ms': p50.toFixed(1),
    'p95 ms': p95.toFixed(1),
    'p99 ms': p99.toFixed(1),
  }
}
console.log(
  `${options.sessions} sessions at true speed, ${flags.seconds} s of each conversation; round trip of final labels`,
)
console.table({
  undisturbed: row(undisturbed),
  'under attack': row(first.played),
  'under attack again': row(second.played),
})
const attacks = [...first.attacks, ...second.attacks]
console.table(
  Object.fromEntries(
    [...new Set(attacks.map(({ name }) => name))].map((name) => {
      const runs = attacks.filter((each) => each.name === name)
      const longest = Math.max(...runs.map(({ durationMs }) => durationMs))
      return [
        name,
        {
          runs: runs.length,
          'longest s': (longest / 1_000).toFixed(1),
          'given up': runs.filter((each) => !each.ended).length,
        },
      ]
    }),
  ),
)
console.table({ 'told to clients': told('errors'), refused: told('refused'), held: told('held') })
const mib = (bytes = Number.NaN) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
console.table({
  ...Object.fromEntries(
    Object.entries(memory).map(([when, { heap, resident }]) => [when, { heap: mib(heap), resident: mib(resident) }]),
  ),
  highest: { resident: mib(peak) },
})

const problems = [
  ...(alive ? [] : ['the server is gone']),
  ...(differing.every((count) => count === 0) ? [] : [`labels differ: ${differing.join(', ')}`]),
  ...(open === 0 ? [] : [`${open} connections are still open`]),
  ...growths
    .filter((growth) => growth > MOST_GROWTH)
    .map((growth) => `memory grew by ${((growth - 1) * 100).toFixed(1)} % from one round to the next`),
]
console.log(problems.length === 0 ? 'Lives; labels equal; memory back.' : problems.join('\n'))
if (flags.json)
  console.log(
    JSON.stringify({
      seed: Number(flags.seed),
      undisturbed: percentiles(latenciesOf(undisturbed)),
      attacked: [first, second].map(({ played }) => percentiles(latenciesOf(played))),
      labels: expected.length,
      differing_labels: differing,
      memory_bytes: { ...memory, highest: { resident: peak } },
      errors: told('errors'),
      refused: told('refused'),
      held: told('held'),
      problems,
    }),
  )
if (problems.length > 0) process.exitCode = 1
