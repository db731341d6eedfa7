import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { SPLITS, type Split } from '../conversation/conversation.ts'
import type { Task } from '../recognisers/config.ts'
import { evaluateRecogniser } from '../recognisers/evaluate.ts'
import { SHIPPED_RECOGNISERS } from '../recognisers/recogniser.ts'
import { recogniserJson, renderRecogniserReport, renderRecogniserTable } from '../recognisers/report.ts'
import { type BackendChoice, useBackend } from '../tensor/backend.ts'
import { backendOption } from '../terminal/options.ts'

interface Flags {
  readonly model: string
  readonly data: string
  readonly split: Split | 'all'
  readonly crop?: 'face' | 'whole'
  readonly html?: string
  readonly json: boolean
  readonly backend: BackendChoice
}

/** `emograph evaluate audio` and `emograph evaluate face`: docs/recognisers.md. */
export function evaluateRecogniserCommand(task: Task): Command {
  return new Command(task)
    .description(task === 'audio' ? 'score a recogniser of single recordings' : 'score a recogniser of faces')
    .addOption(new Option('--model <dir>', 'its folder').default(SHIPPED_RECOGNISERS[task], 'the shipped one'))
    .requiredOption('--data <path>', 'a labelled set of any form that `train` takes')
    .addOption(
      new Option('--split <name>', 'as its training divided the set').choices([...SPLITS, 'all']).default('test'),
    )
    .addOption(
      new Option('--crop <kind>', 'pictures: look for the face, or take all (default: as trained)').choices([
        'face',
        'whole',
      ]),
    )
    .option('--html <file>', 'write a self-contained report')
    .option('--json', 'print one JSON object', false)
    .addOption(backendOption())
    .action(async (flags: Flags) => {
      await useBackend(flags.backend)
      const { model, data, split, crop } = flags
      const report = await evaluateRecogniser({ task, model, data, split, ...(crop && { crop }) })
      if (flags.html !== undefined) await writeFile(flags.html, renderRecogniserReport(report))
      process.stdout.write(`${flags.json ? JSON.stringify(recogniserJson(report)) : renderRecogniserTable(report)}\n`)
    })
}
