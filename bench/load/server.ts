import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SESSION_PATH } from '../../src/server/protocol/fields.ts'

export interface LoadServerOptions {
  readonly model: string
  /** Runs `src/` through tsx in place of what was built. */
  readonly source: boolean
  /** Flags of Node: `--cpu-prof`, … */
  readonly nodeFlags: readonly string[]
}

/** `emograph serve` with its sessions on disk, in a process of its own. */
export interface LoadServer {
  readonly socketUrl: string
  /** Resident memory in MB; NaN where the system does not tell. */
  rssMb(): number
  /** Processor time that it has used, in s, all threads; NaN where the system does not tell. */
  cpuSeconds(): number
  /** Ends it at once, as `kill -9` does, and starts it again. */
  killAndRestart(): Promise<void>
  /** Ends it in good order. @returns how many errors it has logged */
  stop(): Promise<number>
}

/** Linux counts processor time in these, on every machine. */
const TICKS_PER_SECOND = 100
const STARTS_WITHIN_MS = 60_000

export async function startLoadServer(options: LoadServerOptions): Promise<LoadServer> {
  const dir = await mkdtemp(join(tmpdir(), 'emograph-load-'))
  const log = join(dir, 'log.ndjson')
  let port = 0
  let child = await start()

  async function start(): Promise<ChildProcess> {
    const config = join(dir, 'serve.json')
    // JSON is YAML.
    await writeFile(
      config,
      JSON.stringify({ model: options.model, port, dataDir: join(dir, 'data'), logLevel: 'warn' }),
    )
    const program = options.source ? ['--import', 'tsx', 'src/cli.ts'] : ['dist/cli.js']
    const started = spawn(process.execPath, [...options.nodeFlags, ...program, 'serve', '--config', config])
    started.stderr.pipe(createWriteStream(log, { flags: 'a' }))
    port = await portOf(started, log)
    return started
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  return {
    get socketUrl() {
      return `ws://127.0.0.1:${port}${SESSION_PATH}`
    },
    rssMb() {
      try {
        const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
        return Number(kb) / 1024
      } catch {
        return Number.NaN
      }
    },
    cpuSeconds() {
      try {
        // After the name in brackets, which may hold anything: utime and stime are fields 14 and 15 of proc(5).
        const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')
        return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
      } catch {
        return Number.NaN
      }
    },
    async killAndRestart() {
      await end('SIGKILL')
      child = await start()
    },
    async stop() {
      await end('SIGTERM')
      const lines = (await readFile(log, 'utf8')).split('\n')
      const errors = lines.filter((line) => /"level":[56]0/.test(line))
      for (const line of errors.slice(0, 5)) console.error(line)
      await rm(dir, { recursive: true, force: true })
      return errors.length
    },
  }
}

/** The port that a server says it listens at, once it is ready. */
async function portOf(child: ChildProcess, log: string): Promise<number> {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  for (let waited = 0; waited < STARTS_WITHIN_MS; waited += 20) {
    const [, port] = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? []
    if (port !== undefined) return Number(port)
    if (child.exitCode !== null) break
    await sleep(20)
  }
  throw new Error(`the server does not start: ${said}\n${await readFile(log, 'utf8')}`)
}
