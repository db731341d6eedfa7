import { relative } from 'node:path'
import { Command } from 'commander'
import { playConversation } from '../client/play.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import { readConversations } from '../datasets/read-conversations.ts'
import { isEmographError } from '../errors.ts'
import { listJsonl } from '../replay/conversations.ts'
import { loadServedModel } from '../server/load-model.ts'
import type { ServedModel } from '../server/served-model.ts'
import { type EmographServer, startServer } from '../server/server.ts'
import type { BackendChoice } from '../tensor/backend.ts'
import { createLabelView } from '../terminal/label-view.ts'
import { backendOption, collect, EXAMPLES, modelOption, parsePort } from '../terminal/options.ts'
import { untilSignal } from '../terminal/signals.ts'
import { describeServer } from './serve.ts'

interface DemoFlags {
  readonly model: string
  readonly data?: string[]
  readonly port?: number
  readonly backend: BackendChoice
  readonly exit?: boolean
}

/** Somebody reads along: time for one line, in ms. */
const READING_MS = 300

/**
 * `emograph demo`: the main job on embedded defaults. Starts the server with the shipped checkpoint, plays the bundled
 * conversations through a real WebSocket, prints each label as it comes and then the address of the API.
 *
 * After the last label the server goes on until Ctrl-C where somebody sits at the terminal (stdin is a TTY) and
 * `--exit` is not given; otherwise the command ends with status 0, so that a script can run it.
 */
export function demoCommand(): Command {
  return new Command('demo')
    .description('start the server, play the bundled conversations to it, print each label as it comes')
    .addOption(modelOption())
    .option('--data <file>', 'conversations to play instead (docs/formats.md); may be repeated', collect)
    .option('--port <number>', 'port to listen at (default: 8765, or a free one when that is taken)', parsePort)
    .addOption(backendOption())
    .option('--exit', 'end after the last label, also at a terminal')
    .action(async (flags: DemoFlags) => {
      console.log(`Loading ${relative('.', flags.model)}`)
      const model = await loadServedModel(flags.model, { backend: flags.backend })
      const server = await startDemoServer(model, flags.port)
      try {
        console.log(`${model.name}: ${model.modalities.join(', ')}; ${model.labelSet}; computed by ${model.backend}`)
        const attended = process.stdin.isTTY === true && flags.exit !== true
        for (const conversation of await readAll(flags, model)) await show(conversation, server, model.modalities)
        console.log(`\n${describeServer(server)}`)
        if (!attended) return
        console.log('Serving. Ctrl-C ends.')
        await untilSignal()
      } finally {
        await server.close()
        await model.dispose()
      }
    })
}

async function startDemoServer(model: ServedModel, port: number | undefined): Promise<EmographServer> {
  try {
    return await startServer({ model, logLevel: 'error', ...(port !== undefined && { port }) })
  } catch (error) {
    if (port !== undefined || !isEmographError(error, 'EMO_LISTEN_FAILED')) throw error
    return startServer({ model, logLevel: 'error', port: 0 })
  }
}

async function readAll(flags: DemoFlags, model: ServedModel): Promise<Conversation[]> {
  const conversations: Conversation[] = []
  for (const file of flags.data ?? (await listJsonl(EXAMPLES)))
    for await (const conversation of readConversations(file, { labelSet: model.labelSet }))
      conversations.push(conversation)
  return conversations
}

async function show(
  conversation: Conversation,
  server: EmographServer,
  modalities: readonly Modality[],
): Promise<void> {
  const isTTY = process.stdout.isTTY === true
  const view = createLabelView({ isTTY, columns: process.stdout.columns || 140, words: true })
  console.log(view.heading(conversation.id))
  await playConversation(server.socketUrl, conversation, {
    mode: 'live',
    speed: Number.POSITIVE_INFINITY,
    gapMs: isTTY ? READING_MS : 0,
    sendFeatures: modalities,
    purpose: 'demonstration with a written conversation',
    onLabel: (label) => console.log(view.label(label)),
  })
}
