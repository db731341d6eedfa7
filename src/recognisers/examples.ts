import { Presets, SingleBar } from 'cli-progress'
import type { Split } from '../conversation/conversation.ts'
import type { LabelledSet } from '../datasets/labelled-media.ts'
import { EmographError } from '../errors.ts'
import { formatDuration } from '../training/progress.ts'
import { type Extractor, extractForms } from './extractor.ts'
import type { FeatureCache } from './feature-cache.ts'

/** One item with its numbers; `forms[0]` is the item as it is, the others are varied copies. */
export interface Example {
  readonly label: number
  readonly split: Split
  readonly person?: string | undefined
  readonly forms: readonly Float32Array[]
}

export interface ExtractedSet {
  readonly labels: readonly string[]
  readonly examples: readonly Example[]
  /** Items that gave no numbers: too short, no face. */
  readonly skipped: number
}

export interface ExtractOptions {
  readonly splits: readonly Split[]
  /** Varied copies of training items; none when judging. */
  readonly copies: number
  readonly cache: FeatureCache
  readonly out?: NodeJS.WriteStream
}

/** The numbers of all items of a set, with progress and the time left; what was extracted before is not done again. */
export async function extractSet(
  set: LabelledSet,
  extractor: Extractor,
  options: ExtractOptions,
): Promise<ExtractedSet> {
  const { splits, copies, cache } = options
  const examples: Example[] = []
  let skipped = 0
  const progress = extractionProgress(set.items.length, options.out ?? process.stderr)
  for (const [index, item] of set.items.entries()) {
    const split = splits[index]!
    const forms = await extractForms(item, split === 'train' ? copies : 0, extractor, cache)
    if (forms === undefined) skipped += 1
    else examples.push({ label: set.labels.indexOf(item.label), split, person: item.person, forms })
    progress.done(index + 1)
  }
  progress.stop(skipped)
  if (examples.length === 0) {
    throw new EmographError('EMO_DATA_EMPTY', { expected: 'items that can be decoded', got: `${skipped} without` })
  }
  return { labels: set.labels, examples, skipped }
}

/** A bar on a terminal, a line every tenth elsewhere. */
function extractionProgress(total: number, out: NodeJS.WriteStream) {
  const started = Date.now()
  const words = (skipped: number) => (skipped === 0 ? '' : `, ${skipped} gave nothing (too short, or no face)`)
  if (!out.isTTY) {
    const tenth = Math.max(1, Math.ceil(total / 10))
    return {
      done(count: number) {
        if (count % tenth !== 0) return
        const left = ((Date.now() - started) / count) * (total - count)
        out.write(`features ${count}/${total}  left ${formatDuration(left)}\n`)
      },
      stop: (skipped: number) => out.write(`features of ${total} items${words(skipped)}\n`),
    }
  }
  const bar = new SingleBar(
    { format: 'features {bar} {value}/{total}  left {eta_formatted}', stream: out, hideCursor: true },
    Presets.shades_classic,
  )
  bar.start(total, 0)
  return {
    done: (count: number) => bar.update(count),
    stop(skipped: number) {
      bar.stop()
      if (skipped > 0) out.write(`features of ${total} items${words(skipped)}\n`)
    },
  }
}
