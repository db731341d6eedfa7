import { MultiBar, Presets } from 'cli-progress'

/** What a person sees of a run while it goes on. */
export interface ProgressReporter {
  /** A step was taken; `loss` is its batch's. */
  step(progress: { epoch: number; step: number; loss: number }): void
  /** An epoch is over: one line to keep. */
  epoch(line: string): void
  stop(): void
}

export interface ProgressOptions {
  readonly epochs: number
  readonly stepsPerEpoch: number
  /** Steps that an earlier part of the run took. */
  readonly done: number
  readonly label: string
}

/**
 * A bar with the time left on a terminal; elsewhere (a pipe, a CI log) one plain line an epoch, with the time left.
 */
export function createProgress(options: ProgressOptions, out: NodeJS.WriteStream = process.stderr): ProgressReporter {
  const total = options.epochs * options.stepsPerEpoch
  const started = Date.now()
  let taken = 0
  if (!out.isTTY) {
    return {
      step: () => {
        taken++
      },
      epoch: (line) => {
        const left = taken === 0 ? 0 : ((Date.now() - started) / taken) * (total - options.done - taken)
        out.write(`${line}  left ${formatDuration(left)}\n`)
      },
      stop: () => {},
    }
  }
  const bars = new MultiBar(
    {
      format: `${options.label} {bar} epoch {epoch}/${options.epochs}  loss {loss}  {percentage} %  left {eta_formatted}`,
      stream: out,
      etaBuffer: 2 * options.stepsPerEpoch,
      clearOnComplete: true,
      // Ctrl-C ends the process, as it should; the library's own handler would only end the bar.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  const bar = bars.create(total, options.done, { epoch: 0, loss: '–' })
  return {
    step: ({ epoch, step, loss }) => bar.update(step, { epoch, loss: loss.toFixed(3) }),
    epoch: (line) => bars.log(`${line}\n`),
    stop: () => {
      bars.update() // writes the last epoch's line, which `stop` would leave in the buffer
      bars.stop()
    },
  }
}

/** `65000` ms is `1 min 05 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
