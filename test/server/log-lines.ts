import { Writable } from 'node:stream'
import { createLog } from '../../src/server/log.ts'

/** A log, and what is written to it. */
export function logLines(level = 'debug') {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, log: createLog(level, destination) }
}
