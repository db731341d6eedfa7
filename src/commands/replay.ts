import { Command, Option } from 'commander'
import { type PlayedConversation, type PlayOptions, playConversation } from '../client/play.ts'
import { type Conversation, SPLITS, type Split } from '../conversation/conversation.ts'
import { MODES, type Mode } from '../conversation/mode.ts'
import { encodeMissingText } from '../datasets/encode-missing-text.ts'
import { textCacheFolder } from '../encoders/text/open-text-encoder.ts'
import { chooseConversations, listJsonl } from '../replay/conversations.ts'
import { renderReplaySummary, summariseReplay } from '../replay/summary.ts'
import { findTarget, startTarget, type Target } from '../replay/target.ts'
import type { BackendChoice } from '../tensor/backend.ts'
import { createLabelView, type LabelView } from '../terminal/label-view.ts'
import { backendOption, collect, EXAMPLES, modelOption, parseSpeed } from '../terminal/options.ts'

/** What is sent beside the words: the data's own features; those and encoded text; nothing. */
const FEATURE_CHOICES = ['data', 'text', 'none'] as const

interface ReplayFlags {
  readonly data?: string[]
  readonly split?: Split
  readonly mode: Mode
  readonly speed: number
  readonly url?: string
  readonly token?: string
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
      'conversations, in any format of docs/formats.md (default: the bundled ones); repeatable',
      collect,
    )
    .addOption(new Option('--split <name>', 'only conversations of this split').choices(SPLITS))
    .addOption(new Option('--mode <mode>', 'live or offline').choices(MODES).default('live'))
    .addOption(
      new Option('--speed <factor>', '1: true speed, 10: ten times, max: as fast as labelled')
        .argParser(parseSpeed)
        .default(Number.POSITIVE_INFINITY, 'max'),
    )
    .option('--url <address>', 'play to a server that runs (ws://… or http://…) instead of one of its own')
    .addOption(new Option('--token <token>', 'access token of that server').env('EMOGRAPH_TOKEN'))
    .addOption(modelOption())
    .addOption(backendOption())
    .addOption(
      new Option('--features <which>', "data: send the data's own; text: also encode text here; none: words only")
        .choices(FEATURE_CHOICES)
        .default('data'),
    )
    .option('--words', 'show the words in the table')
    .option('--json', 'print the figures and every label as one JSON object, last line')
    .action(async (ids: string[], flags: ReplayFlags) => {
      const target =
        flags.url === undefined
          ? await startTarget(flags.model, flags.backend)
          : await findTarget(flags.url, flags.token)
      try {
        const { model } = target
        const files = flags.data ?? (await listJsonl(EXAMPLES))
        const chosen = await chooseConversations({ files, ids, split: flags.split }, model)
        const encodeHere = flags.features === 'text' && model.text_encoder !== null
        const { conversations } = encodeHere
          ? await encodeMissingText(chosen, model.text_encoder!, textCacheFolder())
          : { conversations: chosen }
        const played = await playAll(conversations, target, flags)
        const summary = summariseReplay(played, { model: model.name, mode: flags.mode, labelSet: model.label_set })
        console.log(`\n${renderReplaySummary(summary)}`)
        if (flags.json === true) console.log(JSON.stringify(summary))
      } finally {
        await target.close()
      }
    })
}

async function playAll(
  conversations: readonly Conversation[],
  target: Target,
  flags: ReplayFlags,
): Promise<PlayedConversation[]> {
  const view = createLabelView({
    isTTY: process.stdout.isTTY === true,
    columns: process.stdout.columns || 140,
    words: flags.words === true,
  })
  const options: PlayOptions = {
    mode: flags.mode,
    speed: flags.speed,
    sendFeatures: flags.features === 'none' ? [] : target.model.modalities,
    purpose: 'replay of a recorded conversation',
    ...(target.token !== undefined && { token: target.token }),
    ...linesOf(view),
  }
  const played: PlayedConversation[] = []
  for (const conversation of conversations) {
    console.log(view.heading(conversation.id))
    played.push(await playConversation(target.socketUrl, conversation, options))
  }
  return played
}

function linesOf(view: LabelView): Pick<PlayOptions, 'onLabel' | 'onRevised'> {
  return {
    onLabel: (label, utterance) => console.log(view.label(label, utterance.label)),
    onRevised(revised) {
      const line = view.revised(revised)
      if (line !== undefined) console.log(line)
    },
  }
}
