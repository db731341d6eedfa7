import { setFlagsFromString } from 'node:v8'
import { Command, Option } from 'commander'
import {
  createSpeechRecogniser,
  hasSpeechWeights,
  type SpeechRecogniser,
} from '../encoders/speech/speech-recogniser.ts'
import { serverConfigSchema } from '../server/config.ts'
import { openStore } from '../server/data-dir.ts'
import { loadServedModel } from '../server/load-model.ts'
import { loadServeConfig, type ServeConfigInput } from '../server/serve-config.ts'
import type { ServedModel } from '../server/served-model.ts'
import { startServer } from '../server/server.ts'
import type { ServerAddress } from '../server/server-address.ts'
import { BACKENDS } from '../tensor/backend.ts'
import { collect, parseCount, parsePort } from '../terminal/options.ts'
import { untilSignal } from '../terminal/signals.ts'

interface ServeFlags
  extends Pick<
    ServeConfigInput,
    'model' | 'host' | 'port' | 'backend' | 'speech' | 'dataDir' | 'logLevel' | 'tokenFile' | 'trustProxy'
  > {
  readonly config?: string
  readonly allowOrigin?: string[]
  readonly maxSessions?: number
}

/**
 * How many per cent the heap may grow before old objects are collected. V8 would let it grow by half and more, which shows as
 * memory that creeps up for as long as a server is busy (bench:load).
 */
const HEAP_GROWING_PERCENT = 10

/** `emograph serve`: labels conversations over WebSockets until SIGINT or SIGTERM, then finishes what it has accepted. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('label conversations over WebSockets (docs/protocol.md)')
    .option('--config <file>', 'YAML configuration; flags go before it (docs/configuration.md)')
    .option('--model <dir>', 'checkpoint folder (default: the shipped one)')
    .option('--host <name>', 'address to listen at (default: 127.0.0.1, this computer only)')
    .option('--port <number>', 'port to listen at, 0 for a free one (default: 8765)', parsePort)
    .option('--data-dir <dir>', 'where sessions are kept, or :memory: (default: ~/.local/state/emograph)')
    .option(
      '--speech <dir>',
      'weights of the speech recogniser (default: those of emograph fetch speech, if they are there)',
    )
    .option('--no-speech', 'no speech recogniser: where voice activity cuts utterances, they have no words')
    .option('--token-file <file>', 'let in only who has a token of this file (emograph token); see docs/security.md')
    .option('--allow-origin <origin>', 'let pages of this origin connect; may be repeated', collect)
    .option('--trust-proxy <number>', 'proxies of your own before the server (default: 0)', Number)
    .option('--max-sessions <number>', 'conversations at the same time (default: 100)', parseCount)
    .addOption(new Option('--log-level <level>').choices(serverConfigSchema.shape.logLevel.unwrap().options))
    .addOption(new Option('--backend <name>', 'what computes the model (default: auto)').choices(['auto', ...BACKENDS]))
    .action(async ({ config: file, allowOrigin, maxSessions, ...flags }: ServeFlags) => {
      setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
      const given: ServeConfigInput = {
        ...flags,
        ...(allowOrigin !== undefined && { allowedOrigins: allowOrigin }),
        ...(maxSessions !== undefined && { limits: { sessions: maxSessions } }),
      }
      const { model: dir, backend, speech: speechDir, ...config } = await loadServeConfig(file, given)
      // First of all: another server may have it, and a model takes seconds.
      const store = openStore(config)
      let model: ServedModel | undefined
      let speech: SpeechRecogniser | undefined
      try {
        model = await loadServedModel(dir, { backend })
        speech = await openSpeech(speechDir)
        const server = await startServer({ model, store, ...(speech !== undefined && { speech }), ...config })
        console.log(`${describeServer(server)}\n${describeSpeech(speech)}`)
        await untilSignal()
        await server.close()
      } finally {
        // Also where the server could not start: their threads would keep the process alive.
        await speech?.dispose()
        await model?.dispose()
        store.close()
      }
    })
}

/** @param speech a folder with weights; true: the fetched ones, if they are there. @throws EMO_ENCODER_UNAVAILABLE */
async function openSpeech(speech: boolean | string): Promise<SpeechRecogniser | undefined> {
  if (typeof speech === 'string') return createSpeechRecogniser({ dir: speech })
  return speech && (await hasSpeechWeights()) ? createSpeechRecogniser() : undefined
}

const describeSpeech = (speech: SpeechRecogniser | undefined): string =>
  `Speech      ${speech?.name ?? 'no recogniser: utterances that the server cuts have no words (emograph fetch speech)'}`

/** Where a server is to be found, for people. */
export function describeServer({ url, socketUrl, everywhere }: ServerAddress): string {
  return [
    `Page        ${url}/${everywhere ? '   (listening at every address of this computer)' : ''}`,
    `WebSocket   ${socketUrl}   (protocol v1: docs/protocol.md)`,
    `HTTP        ${url}/v1/model   /v1/version   /v1/predict   /healthz   /readyz`,
  ].join('\n')
}
