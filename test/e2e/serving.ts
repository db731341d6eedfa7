import type { ChildProcess } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { spawnCli } from './cli.ts'

/** `emograph serve` as a process of its own, which can be killed and started again at the same address. */
export interface Serving {
  readonly url: string
  /** Resolves when it answers. */
  start(): Promise<void>
  /** SIGKILL: nothing is written down or said any more. */
  kill(): Promise<void>
}

/** @param args of `emograph serve`, beside its port */
export async function createServing(args: readonly string[]): Promise<Serving> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  return {
    url,
    async start() {
      const started = spawnCli(['serve', '--port', String(port), '--log-level', 'warn', ...args])
      child = started
      let said = ''
      started.stderr.on('data', (chunk) => {
        said += chunk
      })
      for (;;) {
        if (started.exitCode !== null) throw new Error(`emograph serve ended with ${started.exitCode}: ${said}`)
        if (await answers(url)) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    async kill() {
      if (child === undefined || child.exitCode !== null) return
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
