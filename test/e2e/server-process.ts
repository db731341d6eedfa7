import { type Finished, finished, spawnCli } from './cli.ts'

/** `emograph serve` in a process of its own. */
export interface ServerProcess {
  readonly pid: number
  /** `http://127.0.0.1:8765` */
  readonly url: string
  /** `ws://127.0.0.1:8765/v1/session` */
  readonly socketUrl: string
  /** Where its inspector listens, when it was started with one (NODE_OPTIONS=--inspect=127.0.0.1:0). */
  inspector(): string | undefined
  /** `null` while it runs. */
  exitCode(): number | null
  /** Sends a signal; what it wrote, once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<Finished>
}

/** Resolves when it listens, at a free port. Fails with what it wrote when it ends before. */
export async function startServerProcess(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const child = spawnCli(['serve', '--port', '0', ...args], environment)
  child.stdin.end()
  const done = finished(child)
  let stdout = ''
  let inspector: string | undefined
  child.stderr.on('data', (chunk) => {
    inspector ??= /Debugger listening on (ws:\S+)/.exec(String(chunk))?.[1]
  })
  const socketUrl = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk)
      const url = /ws:\/\/\S+/.exec(stdout)?.[0]
      if (url !== undefined) resolve(url)
    })
    void done.then(({ code, stderr }) => reject(new Error(`the server ended with ${code}: ${stderr}`)))
  })
  return {
    pid: child.pid!,
    url: new URL(socketUrl.replace(/^ws/, 'http')).origin,
    socketUrl,
    inspector: () => inspector,
    exitCode: () => child.exitCode,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return done
    },
  }
}
