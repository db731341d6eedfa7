import { Command, Option } from 'commander'
import { loadServedModel } from '../server/load-model.ts'
import { type EmographServer, startServer } from '../server/server.ts'
import type { BackendChoice } from '../tensor/backend.ts'
import { backendOption, collect, modelOption, parseCount, parsePort } from '../terminal/options.ts'
import { untilSignal } from '../terminal/signals.ts'

interface ServeFlags {
  readonly model: string
  readonly host?: string
  readonly port?: number
  readonly backend: BackendChoice
  readonly allowOrigin?: string[]
  readonly maxSessions?: number
  readonly logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
}

/** `emograph serve`: labels conversations over WebSockets until SIGINT or SIGTERM, then finishes what it has accepted. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('label conversations over WebSockets (docs/protocol.md)')
    .addOption(modelOption())
    .option('--host <name>', 'address to listen at (default: 127.0.0.1, this computer only)')
    .option('--port <number>', 'port to listen at, 0 for a free one (default: 8765)', parsePort)
    .option('--allow-origin <origin>', 'let pages of this origin connect; may be repeated', collect)
    .option('--max-sessions <number>', 'conversations at the same time (default: 100)', parseCount)
    .addOption(new Option('--log-level <level>').choices(['fatal', 'error', 'warn', 'info', 'debug', 'silent']))
    .addOption(backendOption())
    .action(async (flags: ServeFlags) => {
      const model = await loadServedModel(flags.model, { backend: flags.backend })
      const { host, port, logLevel, allowOrigin: allowedOrigins, maxSessions } = flags
      const server = await startServer({
        model,
        ...(host !== undefined && { host }),
        ...(port !== undefined && { port }),
        ...(logLevel !== undefined && { logLevel }),
        ...(allowedOrigins !== undefined && { allowedOrigins }),
        ...(maxSessions !== undefined && { limits: { sessions: maxSessions } }),
      })
      console.log(describeServer(server))
      await untilSignal()
      await server.close()
      await model.dispose()
    })
}

/** Where a server is to be found, for people. */
export function describeServer({ url, socketUrl }: EmographServer): string {
  return [
    `WebSocket   ${socketUrl}   (protocol v1: docs/protocol.md)`,
    `HTTP        ${url}/v1/model   /v1/version   /healthz   /readyz`,
  ].join('\n')
}
