import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = `${root}dist/cli.js`

/**
 * The command line as a child process: the built one, which `npm test` has made; the sources through tsx where somebody
 * runs this file alone in a checkout without a build, or with an old one (EMOGRAPH_SOURCES=1).
 */
export function spawnCli(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  const program =
    existsSync(built) && process.env.EMOGRAPH_SOURCES === undefined ? [built] : ['--import', 'tsx', `${root}src/cli.ts`]
  // Sessions of tests are nobody's: a server keeps them in memory unless the test gives it a folder.
  const env = { ...process.env, EMOGRAPH_DATA_DIR: ':memory:', ...environment }
  return spawn(process.execPath, [...program, ...args], { cwd: root, env })
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, stdin closed. */
export function runCli(args: readonly string[]): Promise<Finished> {
  const child = spawnCli(args)
  child.stdin.end()
  return finished(child)
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
