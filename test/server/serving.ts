import { onTestFinished } from 'vitest'
import { createFakeModel } from '../../src/server/fakes.ts'
import { type EmographServer, type ServerOptions, startServer } from '../../src/server/server.ts'

/** A server with a fake model at a free port, for one test: it is closed when that is over. */
export async function serve(options: Partial<ServerOptions> = {}): Promise<EmographServer> {
  const server = await startServer({ model: createFakeModel(), port: 0, logLevel: 'silent', ...options })
  onTestFinished(() => server.close())
  return server
}
