import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MODES } from '../src/conversation/mode.ts'
import { chooseConversations, listJsonl } from '../src/replay/conversations.ts'
import { findTarget } from '../src/replay/target.ts'
import { EXAMPLES } from '../src/terminal/options.ts'
import { isWhole, type LatencyFigures, latencyRow } from './load/figures.ts'
import { disconnects, type InterruptionFigures, kills, streamedInterruptions } from './load/interruptions.ts'
import { type ManyFigures, manySessions } from './load/many-sessions.ts'
import { findClips, findSpeech } from './load/media.ts'
import { type Meeting, oneSession } from './load/one-session.ts'
import { startLoadServer } from './load/server.ts'
import type { Told } from './load/speak.ts'

/**
 * The meeting service under load: this process is the clients, `emograph serve` another one. Latency is measured here, from
 * an utterance's end on the clock to the arrival of its final label.
 *
 *   npm run bench:load -- [--only one,many,disconnects,kills,streamed] [--minutes 10] [--one-minutes 3]
 *     [--with-features 50] [--with-audio 10] [--frame-ms 100] [--pictures-per-second 5] [--interim-ms 500] [--media FILE]
 *     [--data FILE] [--model DIR] [--disconnects 100] [--kills 20] [--streamed 12] [--node-flags=--cpu-prof] [--json]
 *
 * - one: a session with transcript, audio and video, everything streamed at true speed
 * - many: sessions with features and sessions with audio at true speed, one conversation after the other
 * - disconnects, kills: interruptions of a replay, half of them in each mode
 * - streamed: interruptions of a meeting as in the first part
 *
 * Exits 1 when a label is lost or doubled, or another after interruptions of a replay. `--source` serves `src/` in place of the build.
 */
const PARTS = ['one', 'many', 'disconnects', 'kills', 'streamed'] as const
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    minutes: { type: 'string', default: '10' },
    'one-minutes': { type: 'string', default: '3' },
    'with-features': { type: 'string', default: '50' },
    'with-audio': { type: 'string', default: '10' },
    'interim-ms': { type: 'string', default: '500' },
    'frame-ms': { type: 'string', default: '100' },
    'pictures-per-second': { type: 'string', default: '5' },
    media: { type: 'string' },
    data: { type: 'string' },
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    disconnects: { type: 'string', default: '100' },
    kills: { type: 'string', default: '20' },
    streamed: { type: 'string', default: '12' },
    'node-flags': { type: 'string', default: '' },
    source: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const shared = process.env.EMOGRAPH_SHARED ?? '../shared'
const parts = PARTS.filter((part) => flags.only.split(',').includes(part))
const pace = { frameMs: Number(flags['frame-ms']), picturesPerSecond: Number(flags['pictures-per-second']) }
const told: Told = new Map()
const latencies: LatencyFigures[] = []
const interruptions: InterruptionFigures[] = []
let many: ManyFigures | undefined

const server = await startLoadServer({
  model: flags.model,
  source: flags.source,
  nodeFlags: flags['node-flags'].split(' ').filter((flag) => flag !== ''),
})
const { model } = await findTarget(server.socketUrl)

/** What the server's processor time was during a part, in cores. */
const cores: Record<string, number> = {}
async function measured<T>(part: string, run: () => Promise<T>): Promise<T> {
  const [began, before] = [performance.now(), server.cpuSeconds()]
  const result = await run()
  cores[part] = (1_000 * (server.cpuSeconds() - before)) / (performance.now() - began)
  return result
}

const meeting: Meeting = {
  clips: await findClips(shared, flags.media, pace.picturesPerSecond),
  minutes: Number(flags['one-minutes']),
  pace,
  told,
}
const withMedia = (part: (typeof PARTS)[number]): boolean => {
  if (!parts.includes(part)) return false
  if (meeting.clips.length === 0) console.log(`${part}: skipped, no data/talking_face in ${shared} and no --media`)
  return meeting.clips.length > 0
}

if (withMedia('one')) latencies.push(await measured('one', () => oneSession(server.socketUrl, meeting)))

const corpus = join(shared, 'data/iemocap')
const files = flags.data !== undefined ? [flags.data] : existsSync(corpus) ? [corpus] : await listJsonl(EXAMPLES)

if (parts.includes('many')) {
  const conversations = await chooseConversations({ files, ids: [] }, model)
  const speech = await findSpeech(shared)
  console.log(`many: ${conversations.length} conversations; sound: ${speech.name}`)
  const options = {
    withFeatures: Number(flags['with-features']),
    withAudio: Number(flags['with-audio']),
    minutes: Number(flags.minutes),
    pace,
    interimMs: flags['interim-ms'] === '0' ? undefined : Number(flags['interim-ms']),
    conversations,
    modalities: model.modalities,
    speech: speech.samples,
  }
  const found = await measured('many', () => manySessions(server, options, told))
  many = found
  latencies.push(...found.latencies)
}

for (const [name, interrupt, count] of [
  ['disconnects', disconnects, Number(flags.disconnects)],
  ['kills', kills, Number(flags.kills)],
] as const) {
  if (!parts.includes(name)) continue
  const split = files.includes(corpus) ? ('test' as const) : undefined
  const conversations = await chooseConversations({ files, ids: [], split }, model)
  for (const [i, mode] of MODES.entries()) {
    const share = Math.floor((count + i) / MODES.length)
    if (share === 0) continue
    const options = { conversations: conversations.slice(0, 6), modalities: model.modalities, mode, count: share }
    interruptions.push(await interrupt(server, options))
  }
}
if (withMedia('streamed')) interruptions.push(await streamedInterruptions(server, meeting, Number(flags.streamed)))
const serverErrors = await server.stop()

if (latencies.length > 0) console.table(latencies.filter(({ utterances }) => utterances > 0).map(latencyRow))
if (many !== undefined)
  console.log(
    `server memory: ${many.rssFirstMinuteMb.toFixed(0)} MB at 1 minute, ${many.rssEndMb.toFixed(0)} MB at the end ` +
      `(${(100 * many.rssGrowth).toFixed(1)} %, bound 5 %)`,
  )
for (const [part, used] of Object.entries(cores)) console.log(`server, ${part}: ${used.toFixed(2)} cores`)
if (interruptions.length > 0) console.table(interruptions)
console.log(`beside labels: ${[...told].map(([what, times]) => `${what} ${times}`).join(', ') || 'nothing'}`)
console.log(`errors in the server's log: ${serverErrors}`)
if (flags.json)
  console.log(
    JSON.stringify({
      bench: 'load',
      model: model.name,
      latencies,
      many,
      cores,
      interruptions,
      told: Object.fromEntries(told),
    }),
  )

const unharmed = interruptions.every(
  (each) => each.lost + each.doubled === 0 && (!each.replayed || each.differingLabels === 0),
)
if (!latencies.every(isWhole) || !unharmed || serverErrors > 0) process.exitCode = 1
