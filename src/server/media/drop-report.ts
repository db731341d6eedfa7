import type { MediaDropped } from '../protocol/server-messages.ts'

export type DropReport = Omit<MediaDropped, 'type' | 'seq' | 'request_id'>
export type DropReason = MediaDropped['reason']

/** Media that was not used, added up: one report a second for each participant, kind and reason. */
export interface DropReports {
  add(participant: string, kind: DropReport['kind'], reason: DropReason, startMs: number): void
  /** Tells what is not told yet. */
  flush(): void
}

const REPORT_EVERY_MS = 1_000

export function createDropReports(tell: (report: DropReport) => void): DropReports {
  const open = new Map<string, { report: DropReport; timer: NodeJS.Timeout }>()

  function close(name: string): void {
    const entry = open.get(name)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    open.delete(name)
    tell(entry.report)
  }

  return {
    add(participant, kind, reason, startMs) {
      const name = JSON.stringify([participant, kind, reason])
      const entry = open.get(name)
      if (entry !== undefined) {
        entry.report = { ...entry.report, frames: entry.report.frames + 1 }
        return
      }
      const report: DropReport = { participant, kind, reason, frames: 1, start_ms: Math.max(0, startMs) }
      open.set(name, { report, timer: setTimeout(close, REPORT_EVERY_MS, name).unref() })
    },
    flush() {
      for (const name of [...open.keys()]) close(name)
    },
  }
}
