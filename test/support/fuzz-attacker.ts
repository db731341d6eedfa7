import { z } from 'zod'
import { attackAll } from './fuzz-run.ts'

/**
 * A process that attacks until it is told to stop (SIGTERM), so that it shares no event loop with the well-behaved clients
 * whose waiting is measured. Its argument is a JSON object: the target and the options; it prints its reports as JSON.
 */
const { url, socketUrl, ...options } = z
  .object({
    url: z.url(),
    socketUrl: z.url(),
    seed: z.int(),
    scale: z.number(),
    atOnce: z.int(),
    atMostMs: z.int(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

let over = false
process.on('SIGTERM', () => {
  over = true
})
const reports = []
for (let turn = 0; !over || turn === 0; turn++)
  reports.push(...(await attackAll({ url, socketUrl }, { ...options, seed: options.seed + turn })))
process.stdout.write(JSON.stringify(reports))
