import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { EmographError } from '../errors.ts'
import { classCounts, classWeights } from '../training/losses.ts'
import { createProgress } from '../training/progress.ts'
import { openRunLog } from '../training/run-log.ts'
import { loadRunState, saveRunState } from '../training/run-state.ts'
import { renderRecogniserCard } from './card.ts'
import type { RecogniserConfig } from './config.ts'
import { type ExtractedSet, extractSet } from './examples.ts'
import { featureCacheFolder, openFeatureCache } from './feature-cache.ts'
import { type Fitted, fitNetwork, stepsPerEpoch } from './fit.ts'
import { createInputs, type Inputs } from './inputs.ts'
import { createNetwork } from './networks/create-network.ts'
import { readLabelledSet } from './read-labelled-set.ts'
import { evaluateInputs, inputsOf, type RecogniserEvaluation, trainingForms } from './recogniser-data.ts'
import { saveRecogniser } from './recogniser-folder.ts'
import { seedJson } from './run-table.ts'
import { assignSplits } from './splits.ts'
import { fitStandardisation, type Standardisation } from './standardisation.ts'
import { summariseNetwork } from './summary.ts'

export interface TrainOptions {
  readonly resume: boolean
  /** Where extracted numbers are kept. */
  readonly cacheFolder?: string
  readonly out?: NodeJS.WriteStream
}

/** What one seed came to; `test` for each way of scaling that the recogniser knows. */
export interface RecogniserSeed {
  readonly seed: number
  readonly kept: Fitted['kept']
  readonly val: readonly RecogniserEvaluation[]
  readonly test: readonly RecogniserEvaluation[]
}

export interface RecogniserRun {
  readonly seeds: readonly RecogniserSeed[]
  /** The folder of the kept model. */
  readonly model: string
  readonly sha256: string
  readonly items: Readonly<Record<'train' | 'val' | 'test', number>>
}

/**
 * A whole training of a recogniser: extraction (cached), standardisation from the training items, each seed, its figures
 * on `val` and `test`, the model of the seed with the best val accuracy (with `refit`, the first seed's).
 *
 * @throws what the readers and decoders throw; EMO_RUN_EXISTS; EMO_DATA_EMPTY; EMO_TRAINING_DIVERGED
 */
export async function trainRecogniser(config: RecogniserConfig, options: TrainOptions): Promise<RecogniserRun> {
  const out = options.out ?? process.stderr
  const inputs = await createInputs({ ...config, crop: config.data.crop })
  try {
    const set = await readLabelledSet(config.data.path, config.task)
    const extracted = await extract(config, inputs, set, options)
    return await trainSeeds(config, inputs, extracted, { ...options, out })
  } finally {
    await inputs.extractor.close()
  }
}

async function extract(
  config: RecogniserConfig,
  { extractor, prepare }: Inputs,
  set: Awaited<ReturnType<typeof readLabelledSet>>,
  options: TrainOptions,
): Promise<ExtractedSet> {
  const cache = await openFeatureCache(options.cacheFolder ?? featureCacheFolder(), extractor.name)
  try {
    const splits = assignSplits(set.items, config.data.splitting)
    const extracted = await extractSet(set, extractor, {
      splits: config.refit ? splits.map((split) => (split === 'val' ? 'train' : split)) : splits,
      copies: extractor.copies,
      cache,
      ...(options.out && { out: options.out }),
    })
    const examples = extracted.examples.map((example) => ({ ...example, forms: example.forms.map(prepare) }))
    return { ...extracted, examples }
  } finally {
    await cache.close()
  }
}

async function trainSeeds(
  config: RecogniserConfig,
  { extractor, width }: Inputs,
  set: ExtractedSet,
  { resume, out }: TrainOptions & { out: NodeJS.WriteStream },
): Promise<RecogniserRun> {
  const of = (split: 'train' | 'val' | 'test') => set.examples.filter((example) => example.split === split)
  const [train, val, test] = [of('train'), of('val'), of('test')]
  if (train.length === 0) throw new EmographError('EMO_DATA_EMPTY', { field: 'train', expected: 'items', got: 'none' })
  const { labels } = set
  const standardisation = fitStandardisation(
    train.map(({ forms }) => forms[0]!),
    width,
  )
  const scaling = { standardisation, personScaling: config.personScaling }
  const sizes = { width, classes: labels.length }
  const counts = classCounts([Int32Array.from(train, ({ label }) => label)], labels.length)
  const examples = trainingForms(train, scaling)
  const identity = identityOf(config, standardisation, train.length)
  await mkdir(config.out, { recursive: true })
  await writeFile(join(config.out, 'config.yaml'), stringify(config))

  const seeds: RecogniserSeed[] = []
  const weights: Map<string, Float32Array>[] = []
  for (const seed of config.seeds) {
    const folder = join(config.out, `seed-${seed}`)
    const file = join(folder, 'state.safetensors')
    const resumed = await loadRunState(file)
    if (resumed !== undefined && (!resume || resumed.run !== identity)) {
      throw new EmographError('EMO_RUN_EXISTS', {
        file,
        expected: resume ? 'a run of this configuration and data' : 'a folder without a run',
        got: resume ? 'one of another' : 'one',
      })
    }
    const network = createNetwork(config.network, sizes, { seed })
    try {
      if (seed === config.seeds[0]) out.write(`${summariseNetwork(network)}\n`)
      const fitted = await fitNetwork(
        {
          config,
          seed,
          network,
          train: examples,
          val: inputsOf(val, scaling, 'alike'),
          classWeights: classWeights(config.classWeights, counts),
          log: await openRunLog(folder, resumed?.log),
          progress: createProgress(
            {
              epochs: config.epochs,
              stepsPerEpoch: stepsPerEpoch(train.length, config.batchSize),
              done: resumed?.step ?? 0,
              label: `seed ${seed}`,
            },
            out,
          ),
          save: (state) => saveRunState(file, state),
          run: identity,
        },
        resumed,
      )
      const best = createNetwork(config.network, sizes, { weights: fitted.weights })
      const figures = (items: typeof val) => evaluateInputs(best, items, scaling)
      seeds.push({ seed, kept: fitted.kept, val: figures(val), test: figures(test) })
      weights.push(fitted.weights)
      best.dispose()
    } finally {
      network.dispose()
    }
  }
  const kept = bestIndex(seeds)
  const model = join(config.out, 'model')
  const items = { train: train.length, val: val.length, test: test.length }
  const name = basename(config.out)
  const { sha256 } = await saveRecogniser(
    model,
    {
      name,
      task: config.task,
      labels: [...labels],
      network: config.network,
      features: extractor.name,
      crop: config.data.crop,
      personScaling: config.personScaling,
      splitting: config.data.splitting,
      metrics: seeds.map(({ seed, test: found }) => ({
        seed,
        test: found.map(({ scaling: kind, scores }) => ({ scaling: kind, accuracy: scores.accuracy })),
      })),
      standardisation,
      weights: weights[kept]!,
    },
    (digest) => renderRecogniserCard({ name, config, labels, seeds, items, kept: seeds[kept]!.seed, sha256: digest }),
  )
  const results = join(config.out, 'results.json')
  await writeFile(`${results}.tmp`, `${JSON.stringify({ sha256, items, seeds: seeds.map(seedJson) }, null, 2)}\n`)
  await rename(`${results}.tmp`, results)
  return { seeds, model, sha256, items }
}

/** The seed with the best val accuracy, the first of equals; the test items have no say. */
const bestIndex = (seeds: readonly RecogniserSeed[]): number =>
  seeds.reduce((best, { kept }, k) => ((kept.score ?? 0) > (seeds[best]!.kept.score ?? 0) ? k : best), 0)

/** Of what a run is: all that changes what is learnt. */
function identityOf(config: RecogniserConfig, standardisation: Standardisation, items: number): string {
  const { out: _out, seeds: _seeds, card: _card, data: _data, ...learned } = config
  const text = JSON.stringify({ learned, splitting: config.data.splitting, standardisation, items })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
