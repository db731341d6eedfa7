import { Presets, SingleBar } from 'cli-progress'
import type { ExtractionProgress } from './extract.ts'

const LINE_EVERY_MS = 15_000

/** Shows how far an extraction is: a bar with the time left on a terminal, elsewhere a line now and then. */
export function createExtractionProgress(out: NodeJS.WriteStream = process.stderr): {
  update(progress: ExtractionProgress): void
  stop(): void
} {
  const started = Date.now()
  const secondsLeft = ({ utterances, total, resumed }: ExtractionProgress): number | undefined => {
    const made = utterances - resumed
    return made === 0 ? undefined : ((Date.now() - started) / 1000 / made) * (total - utterances)
  }
  const left = (progress: ExtractionProgress): string => {
    const seconds = secondsLeft(progress)
    return seconds === undefined ? '–' : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  }
  if (!out.isTTY) {
    let written = 0
    return {
      update(progress) {
        if (Date.now() - written < LINE_EVERY_MS && progress.utterances < progress.total) return
        written = Date.now()
        out.write(`${progress.utterances} of ${progress.total} utterances, left ${left(progress)}\n`)
      },
      stop: () => {},
    }
  }
  const format = 'extracting {bar} {value}/{total} utterances  {percentage} %  left {left}'
  const bar = new SingleBar({ format, stream: out, hideCursor: true }, Presets.shades_classic)
  let begun = false
  return {
    update(progress) {
      if (!begun) bar.start(progress.total, progress.utterances, { left: '–' })
      begun = true
      bar.update(progress.utterances, { left: left(progress) })
    },
    stop: () => bar.stop(),
  }
}
