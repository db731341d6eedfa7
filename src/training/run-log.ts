import { existsSync } from 'node:fs'
import { appendFile, mkdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { scalarRecord, versionRecord } from './tfevents.ts'

/** How far the logs were written when a checkpoint was taken, in bytes; a resumed run cuts off what came after. */
export const logPositionSchema = z.object({ jsonl: z.int().nonnegative(), events: z.int().nonnegative() })
export type LogPosition = z.infer<typeof logPositionSchema>

/** One line of the log: figures of one step or of one epoch's evaluation. Never words or names. */
export interface LogEntry {
  readonly event: 'step' | 'epoch'
  readonly epoch: number
  /** Steps since the run began. */
  readonly step: number
  readonly values: Readonly<Record<string, number>>
}

export interface RunLog {
  /** Adds one line to `log.jsonl` and the same figures to the TensorBoard file. */
  write(entry: LogEntry): Promise<void>
  position(): Promise<LogPosition>
}

/** The name that TensorBoard looks for; a run has one file, so that a resumed run goes on in it. */
export const EVENTS_FILE = 'events.out.tfevents.emograph'
export const LOG_FILE = 'log.jsonl'

/**
 * The two logs of one run: `log.jsonl` (one JSON object a line) and TensorBoard's event file.
 *
 * @param from where to go on; without it both files begin anew
 * @param now the clock, in ms since 1970
 */
export async function openRunLog(folder: string, from?: LogPosition, now: () => number = Date.now): Promise<RunLog> {
  const lines = join(folder, LOG_FILE)
  const events = join(folder, EVENTS_FILE)
  await mkdir(folder, { recursive: true })
  if (from === undefined || !existsSync(lines) || !existsSync(events)) {
    await writeFile(lines, '')
    await writeFile(events, versionRecord(now() / 1000))
  } else {
    await truncate(lines, from.jsonl)
    await truncate(events, from.events)
  }
  return {
    async write(entry) {
      const { event, epoch, step, values } = entry
      const time = now()
      await appendFile(lines, `${JSON.stringify({ event, epoch, step, time, ...values })}\n`)
      await appendFile(events, scalarRecord({ wallTime: time / 1000, step, values }))
    },
    position: async () => ({ jsonl: (await stat(lines)).size, events: (await stat(events)).size }),
  }
}
