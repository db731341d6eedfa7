import { Command, Option } from 'commander'
import { z } from 'zod'
import { type PlayedConversation, type PlayOptions, playConversation } from '../client/play.ts'
import type { Conversation, Split } from '../conversation/conversation.ts'
import { SPLITS } from '../conversation/conversation.ts'
import { labelSetNameSchema } from '../conversation/label-sets.ts'
import { modalitySchema } from '../conversation/modality.ts'
import { MODES, type Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import { loadServedModel, parseEncoderName } from '../server/load-model.ts'
import { SESSION_PATH } from '../server/protocol/fields.ts'
import { startServer } from '../server/server.ts'
import type { BackendChoice } from '../tensor/backend.ts'
import { createLabelView, type LabelView } from '../terminal/label-view.ts'
import { encodeMissingText, readConversations, textCacheFolder } from '../training/data.ts'
import { listJsonl } from './conversation-files.ts'
import { collect, EXAMPLES, parseSpeed, SHIPPED_MODEL } from './options.ts'
import { renderReplaySummary, summariseReplay } from './replay-summary.ts'
import { backendOption } from './serve.ts'

const FEATURE_CHOICES = ['data', 'text', 'none'] as const

interface ReplayFlags {
  readonly data?: string[]
  readonly split?: Split
  readonly mode: Mode
  readonly speed: number
  readonly url?: string
  readonly model: string
  readonly backend: BackendChoice
  readonly features: (typeof FEATURE_CHOICES)[number]
  readonly words?: boolean
  readonly json?: boolean
}

/** `emograph replay`: plays recorded conversations through a real WebSocket and says how they were labelled. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('play conversations to a server through a WebSocket, and score its labels')
    .argument('[conversation...]', 'ids of the conversations to play (default: all of the file or split)')
    .option(
      '--data <file>',
      'conversations: JSONL (docs/formats.md) or the IEMOCAP feature set; may be repeated',
      collect,
    )
    .addOption(new Option('--split <name>', 'only conversations of this split').choices(SPLITS))
    .addOption(new Option('--mode <mode>', 'live or offline').choices(MODES).default('live'))
    .option('--speed <factor>', '1 for true speed, 10 for ten times, max for as fast as labelled', parseSpeed, Infinity)
    .option('--url <address>', 'a server that runs (ws://… or http://…) instead of one of its own')
    .option('--model <dir>', 'checkpoint folder of its own server', SHIPPED_MODEL)
    .addOption(backendOption())
    .addOption(
      new Option('--features <which>', "data: send the data's own; text: encode text here too; none: words only")
        .choices(FEATURE_CHOICES)
        .default('data'),
    )
    .option('--words', 'show the words in the table')
    .option('--json', 'print the figures and every label as one JSON object, last line')
    .action(async (ids: string[], flags: ReplayFlags) => {
      const target = await openTarget(flags)
      try {
        const model = await describeModel(target.url)
        const conversations = await chooseConversations(ids, flags, model)
        const played = await playAll(conversations, target.url, flags, model)
        const summary = summariseReplay(played, { model: model.name, mode: flags.mode, labelSet: model.label_set })
        console.log(`\n${renderReplaySummary(summary)}`)
        if (flags.json === true) console.log(JSON.stringify(summary))
      } finally {
        await target.close()
      }
    })
}

/** What a replay asks of `GET /v1/model`. */
const modelSchema = z.object({
  name: z.string(),
  label_set: labelSetNameSchema,
  modalities: z.array(modalitySchema),
  feature_columns: z.partialRecord(modalitySchema, z.array(z.string())),
  text_encoder: z.string().nullable(),
})
type ModelDescription = z.infer<typeof modelSchema>

interface Target {
  /** `http://host:port` */
  readonly url: string
  close(): Promise<void>
}

/** The server that is played to: one that runs, or one of this process on a free port. */
async function openTarget(flags: ReplayFlags): Promise<Target> {
  if (flags.url !== undefined) return { url: httpUrl(flags.url), close: async () => {} }
  const model = await loadServedModel(flags.model, { backend: flags.backend })
  const server = await startServer({ model, port: 0, logLevel: 'warn' })
  return {
    url: server.url,
    async close() {
      await server.close()
      await model.dispose()
    },
  }
}

function httpUrl(given: string): string {
  const address = URL.canParse(given) ? new URL(given) : undefined
  if (address === undefined || !/^(ws|http)s?:$/.test(address.protocol))
    throw new EmographError('EMO_CONNECTION_FAILED', { field: '--url', expected: 'ws://… or http://…' })
  return address.origin === 'null' || address.protocol.startsWith('ws')
    ? `${address.protocol.replace('ws', 'http')}//${address.host}`
    : address.origin
}

async function describeModel(url: string): Promise<ModelDescription> {
  try {
    const response = await fetch(`${url}/v1/model`, { headers: { accept: 'application/json' } })
    return modelSchema.parse(await response.json())
  } catch (cause) {
    throw new EmographError('EMO_CONNECTION_FAILED', { field: url, expected: 'an Emograph server', cause })
  }
}

async function chooseConversations(
  ids: readonly string[],
  flags: ReplayFlags,
  model: ModelDescription,
): Promise<Conversation[]> {
  const files = flags.data ?? (await listJsonl(EXAMPLES))
  const options = { labelSet: model.label_set, split: flags.split, audioColumns: model.feature_columns.audio }
  const found: Conversation[] = []
  for (const file of files) found.push(...(await readConversations(file, options)))
  const chosen = ids.length === 0 ? found : ids.map((id) => byId(found, id))
  if (chosen.length === 0) throw new EmographError('EMO_DATA_EMPTY', { file: files.join(', '), got: 'no conversation' })
  if (flags.features !== 'text' || model.text_encoder === null) return chosen
  const { model: encoder = model.text_encoder } = parseEncoderName(model.text_encoder)
  return encodeMissingText(chosen, encoder, textCacheFolder())
}

function byId(conversations: readonly Conversation[], id: string): Conversation {
  const found = conversations.find((conversation) => conversation.id === id)
  if (found === undefined)
    throw new EmographError('EMO_CONVERSATION_UNKNOWN', { field: id, got: `${conversations.length} others` })
  return found
}

async function playAll(
  conversations: readonly Conversation[],
  url: string,
  flags: ReplayFlags,
  model: ModelDescription,
): Promise<PlayedConversation[]> {
  const view = createLabelView({
    isTTY: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    words: flags.words === true,
  })
  const sendFeatures = flags.features === 'none' ? [] : model.modalities
  const played: PlayedConversation[] = []
  for (const conversation of conversations) {
    console.log(view.heading(conversation.id))
    const socket = `${url.replace('http', 'ws')}${SESSION_PATH}`
    played.push(
      await playConversation(socket, conversation, {
        ...flags,
        sendFeatures,
        purpose: 'replay of a recorded conversation',
        ...show(view),
      }),
    )
  }
  return played
}

function show(view: LabelView): Pick<PlayOptions, 'onLabel' | 'onRevised'> {
  return {
    onLabel: (label, utterance) => console.log(view.label(label, utterance.label)),
    onRevised(revised) {
      const line = view.revised(revised)
      if (line !== undefined) console.log(line)
    },
  }
}
