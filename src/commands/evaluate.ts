import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { type Conversation, SPLITS } from '../conversation/conversation.ts'
import { MODALITIES, modalitySchema } from '../conversation/modality.ts'
import { MODES } from '../conversation/mode.ts'
import { encodeMissingText } from '../datasets/encode-missing-text.ts'
import { readConversations } from '../datasets/read-conversations.ts'
import { textCacheFolder } from '../encoders/text/open-text-encoder.ts'
import { DEFAULT_TEXT_MODEL } from '../encoders/text/text-encoder.ts'
import { EmographError } from '../errors.ts'
import { loadCheckpoint } from '../model/checkpoint.ts'
import { createCorect } from '../model/corect.ts'
import { prepareConversation } from '../model/prepare.ts'
import { BACKENDS, useBackend } from '../tensor/backend.ts'
import { evaluateModel } from '../training/evaluate.ts'
import { type Evaluation, evaluationJson } from '../training/evaluation.ts'
import { renderReport } from '../training/report.ts'
import { renderTable } from '../training/report-table.ts'
import { requireLabels } from '../training/training-data.ts'

const optionsSchema = z.object({
  model: z.string(),
  data: z.string(),
  split: z.enum([...SPLITS, 'all']),
  mode: z.enum(MODES),
  modalities: z.array(modalitySchema).min(1).optional(),
  backend: z.enum(['auto', ...BACKENDS]),
  json: z.boolean(),
  html: z.string().optional(),
})
export type EvaluateOptions = z.infer<typeof optionsSchema>

/**
 * `emograph evaluate`: the figures of a checkpoint on a split of a data set. The schema requires --model and --data;
 * commander would require them of `evaluate audio` as well.
 */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('score a model on labelled conversations')
    .option('--model <dir>', 'checkpoint folder')
    .option('--data <file>', 'conversations: our JSONL, or iemocap6_dialogues.jsonl')
    .addOption(new Option('--split <name>', 'which conversations').choices([...SPLITS, 'all']).default('test'))
    .addOption(new Option('--mode <mode>', 'live (causal) or offline').choices(MODES).default('live'))
    .option('--modalities <list>', `give the model only these, of ${MODALITIES.join(',')}`, (list) => list.split(','))
    .addOption(new Option('--backend <name>').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--json', 'print one JSON object', false)
    .option('--html <file>', 'write a self-contained report')
    .action(async (raw: unknown) => {
      const options = parseOptions(raw)
      const evaluation = await evaluateCheckpoint(options)
      if (options.html !== undefined) await writeFile(options.html, renderReport(evaluation))
      process.stdout.write(
        options.json ? `${JSON.stringify(evaluationJson(evaluation))}\n` : `${renderTable(evaluation)}\n`,
      )
    })
}

/** Evaluates as the command does. @throws EMO_DATA_EMPTY when the split has no labelled utterance */
async function evaluateCheckpoint(options: Omit<EvaluateOptions, 'json' | 'html'>): Promise<Evaluation> {
  const checkpoint = await loadCheckpoint(options.model)
  await useBackend(options.backend)
  if (!checkpoint.modes.includes(options.mode)) {
    const trained = checkpoint.modes.join(' and ')
    console.error(`${checkpoint.name} was trained for ${trained} only; these figures are of the other mode.`)
  }
  const { model: config, features, normalisation } = checkpoint
  const source = readConversations(options.data, {
    labelSet: config.labelSet,
    split: options.split === 'all' ? undefined : options.split,
    audioColumns: features.audio?.columns,
    visualColumns: features.visual?.columns,
    featureSizes: config.featureSizes,
  })
  const read: Conversation[] = []
  for await (const conversation of source) read.push(conversation)
  const textEncoder = features.text?.encoder ?? DEFAULT_TEXT_MODEL
  const { conversations } = config.modalities.includes('text')
    ? await encodeMissingText(read, textEncoder, textCacheFolder())
    : { conversations: read }
  const prepared = conversations.map((each) => prepareConversation(each, { ...config, normalisation }))
  requireLabels(prepared, options.data, options.split)
  const model = createCorect(config, { weights: checkpoint.weights })
  try {
    const { split, mode, modalities } = options
    return evaluateModel(model, prepared, { name: checkpoint.name, split, mode, modalities })
  } finally {
    model.dispose()
  }
}

function parseOptions(raw: unknown): EvaluateOptions {
  const parsed = optionsSchema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new EmographError('EMO_CONFIG_INVALID', { field: `--${issue.path[0]?.toString()}`, expected: issue.message })
}
