import { Command, Option } from 'commander'
import { parse } from 'yaml'
import { MODES } from '../conversation/mode.ts'
import { BACKENDS, type BackendChoice, useBackend } from '../tensor/backend.ts'
import { loadTrainConfig } from '../training/config-file.ts'
import { renderSummary } from '../training/results.ts'
import { resultsJson, runTraining } from '../training/run.ts'
import { loadTrainingData } from '../training/training-data.ts'

interface TrainOptions {
  readonly config?: string
  readonly data?: string
  readonly mode?: string
  readonly seeds?: string
  readonly threads?: string
  readonly epochs?: string
  readonly out?: string
  readonly set: readonly string[]
  readonly resume: boolean
  readonly backend: BackendChoice
  readonly json: boolean
}

/** Flags that stand for a field of the configuration. */
const FIELDS = {
  data: 'data.path',
  mode: 'mode',
  threads: 'threads',
  epochs: 'epochs',
  out: 'out',
} as const

/** `emograph train`: docs/configuration.md. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train a model on labelled conversations')
    .option('--config <file>', 'YAML configuration; docs/configuration.md')
    .option('--data <file>', 'conversations: our JSONL, or iemocap6_dialogues.jsonl')
    .addOption(new Option('--mode <mode>', 'what is trained').choices([...MODES, 'both']))
    .option('--seeds <list>', 'one training each, such as 1,2,3')
    .option('--threads <n>', 'worker threads, 1 or 2')
    .option('--epochs <n>', 'most epochs')
    .option('--out <dir>', 'where the run goes')
    .option('--set <field=value>', 'any field of the configuration, repeatable', collect, [])
    .option('--resume', 'go on from the last whole epoch of the run in --out', false)
    .addOption(new Option('--backend <name>').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--json', 'print one JSON object at the end', false)
    .action(async (options: TrainOptions) => {
      const config = await loadTrainConfig(options.config, overrides(options))
      const backend = await useBackend(options.backend)
      process.stderr.write(`${backend.explanation}\n`)
      const data = await loadTrainingData(config)
      const run = await runTraining(config, data, { resume: options.resume, backend: backend.name })
      const result = options.json
        ? JSON.stringify(resultsJson(run.results, run.summary, run.sha256))
        : `${renderSummary(run.results)}\n\nmodel: ${run.model}`
      process.stdout.write(`${result}\n`)
    })
}

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value]

/** The flags as fields of the configuration; the schema checks them there. */
export function overrides(options: Partial<TrainOptions>): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const setting of options.set ?? []) {
    const [path, ...value] = setting.split('=')
    fields.set(path!, parse(value.join('=')))
  }
  for (const [flag, path] of Object.entries(FIELDS)) {
    const value = options[flag as keyof typeof FIELDS]
    if (value !== undefined) fields.set(path, flag === 'data' || flag === 'out' ? value : parse(value))
  }
  if (options.seeds !== undefined) fields.set('seeds', options.seeds.split(',').map(Number))
  return fields
}
