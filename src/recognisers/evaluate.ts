import type { Split } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import type { Task } from './config.ts'
import { extractSet } from './examples.ts'
import { featureCacheFolder, openFeatureCache } from './feature-cache.ts'
import { readLabelledSet } from './read-labelled-set.ts'
import { loadRecogniser } from './recogniser.ts'
import { evaluateInputs } from './recogniser-data.ts'
import type { RecogniserReport } from './report.ts'
import { assignSplits } from './splits.ts'

export interface EvaluateRecogniserOptions {
  readonly task: Task
  readonly model: string
  readonly data: string
  /** Of the parts that the recogniser's own training made; `all` for a set that it has not seen. */
  readonly split: Split | 'all'
  /** Default: as in training. */
  readonly crop?: 'face' | 'whole'
  readonly cacheFolder?: string
}

/**
 * The figures of a recogniser on a labelled set, divided as its training divided its own.
 * @throws EMO_DATA_EMPTY without items in the split; EMO_LABEL_UNKNOWN when the set has a class that it does not know
 */
export async function evaluateRecogniser(options: EvaluateRecogniserOptions): Promise<RecogniserReport> {
  const { task, model, data, split } = options
  const set = await readLabelledSet(data, task)
  const recogniser = await loadRecogniser(model, task, { crop: options.crop ?? 'as trained' })
  const { stored, inputs, network } = recogniser
  try {
    const { labels, splitting } = stored
    const unknown = set.labels.find((label) => !labels.includes(label))
    if (unknown !== undefined) {
      throw new EmographError('EMO_LABEL_UNKNOWN', { file: data, expected: labels.join(', '), got: unknown })
    }
    const splits = assignSplits(set.items, splitting)
    const items = set.items.filter((_, k) => split === 'all' || splits[k] === split)
    if (items.length === 0) {
      throw new EmographError('EMO_DATA_EMPTY', { file: data, field: split, expected: 'items', got: 'none' })
    }
    const cache = await openFeatureCache(options.cacheFolder ?? featureCacheFolder(), inputs.extractor.name)
    try {
      const chosen = { labels, items }
      const { examples, skipped } = await extractSet(chosen, inputs.extractor, {
        splits: items.map(() => 'test' as const),
        copies: 0,
        cache,
      })
      const prepared = examples.map((example) => ({ ...example, forms: example.forms.map(inputs.prepare) }))
      return {
        model: stored.name,
        task,
        split,
        labels,
        skipped,
        evaluations: evaluateInputs(network, prepared, stored),
      }
    } finally {
      await cache.close()
    }
  } finally {
    await recogniser.dispose()
  }
}
