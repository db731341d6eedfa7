import { Command, InvalidArgumentError } from 'commander'
import { loadRecogniserConfig, type Task } from '../recognisers/config.ts'
import { renderRun, seedJson } from '../recognisers/run-table.ts'
import { trainRecogniser } from '../recognisers/train.ts'
import { type BackendChoice, useBackend } from '../tensor/backend.ts'
import { backendOption, parseCount } from '../terminal/options.ts'

interface Flags {
  readonly config?: string
  readonly data?: string
  readonly network?: string
  readonly seeds?: number[]
  readonly epochs?: number
  readonly out?: string
  readonly refit?: true
  readonly resume: boolean
  readonly backend: BackendChoice
  readonly json: boolean
}

const DESCRIPTIONS: Readonly<Record<Task, { readonly what: string; readonly data: string; readonly network: string }>> =
  {
    audio: {
      what: 'train a recogniser of single recordings',
      data: 'a folder a class, a tab-separated list, or RAVDESS',
      network: 'perceptron (over functionals) or lstm (over steps)',
    },
    face: {
      what: 'train a recogniser of pictures of a face',
      data: 'a folder or tar file split/emotion/, a tab-separated list, or the csv of FER2013',
      network: 'perceptron (over the frozen descriptor) or cbam (from scratch)',
    },
  }

/** `emograph train audio` and `emograph train face`: docs/recognisers.md. */
export function trainRecogniserCommand(task: Task): Command {
  const { what, data, network } = DESCRIPTIONS[task]
  return new Command(task)
    .description(what)
    .option('--config <file>', 'YAML configuration; docs/recognisers.md')
    .option('--data <path>', data)
    .option('--network <kind>', network)
    .option('--seeds <list>', 'one training each, such as 1,2,3', parseSeeds)
    .option('--epochs <n>', 'epochs', parseCount)
    .option('--out <dir>', 'where the run goes')
    .option('--refit', 'train on val as well, once the settings are chosen')
    .option('--resume', 'go on from the last whole epoch of the run in --out', false)
    .addOption(backendOption())
    .option('--json', 'print one JSON object at the end', false)
    .action(async (flags: Flags) => {
      const config = await loadRecogniserConfig(flags.config, {
        task,
        ...(flags.data !== undefined && { data: { path: flags.data } }),
        ...(flags.network !== undefined && { network: { kind: flags.network } }),
        ...(flags.seeds !== undefined && { seeds: flags.seeds }),
        ...(flags.epochs !== undefined && { epochs: flags.epochs }),
        ...(flags.out !== undefined && { out: flags.out }),
        ...(flags.refit && { refit: true }),
      })
      const { explanation } = await useBackend(flags.backend)
      process.stderr.write(`${explanation}\n`)
      const run = await trainRecogniser(config, { resume: flags.resume })
      const { model, sha256, items } = run
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ model, sha256, items, seeds: run.seeds.map(seedJson) })}\n`
          : `${renderRun(run)}\n\nmodel: ${model}\n`,
      )
    })
}

function parseSeeds(list: string): number[] {
  const seeds = list.split(',').map(Number)
  if (seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return seeds
  throw new InvalidArgumentError('whole numbers from 0 with commas between them')
}
