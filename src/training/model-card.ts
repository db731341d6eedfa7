import { stringify } from 'yaml'
import type { TrainConfig } from './config.ts'
import { labelTitle } from './evaluation.ts'
import { bestSeed, type SeedResult, type SummaryRow, summarise } from './results.ts'

/** What a model card is written from; every figure comes from the results. */
export interface ModelCardParts {
  readonly name: string
  readonly config: TrainConfig
  readonly results: readonly SeedResult[]
  readonly labels: readonly string[]
  /** Labelled conversations and utterances of each split. */
  readonly splits: readonly { readonly split: string; readonly conversations: number; readonly utterances: number }[]
  readonly parameters: number
  /** Of weights.safetensors, in hex. */
  readonly sha256: string
}

/** The model card (Mitchell et al. 2019) that lies beside the weights as README.md. */
export function renderModelCard(parts: ModelCardParts): string {
  const { name, config, results, labels, splits, parameters, sha256 } = parts
  const best = bestSeed(results)
  const { card } = config
  const blocks = [
    `# ${name}`,
    `An Emograph checkpoint: the emotion of every utterance of a conversation, one of ${labels.length} labels (${labels.map(title).join(', ')}), from ${AND.format(config.data.modalities)}. ${modeWords(config)}`,
    '## Data',
    `${card.data} Terms: ${card.terms}`,
    markdownTable(
      ['split', 'conversations', 'labelled utterances'],
      splits.map(({ split, conversations, utterances }) => [split, String(conversations), String(utterances)]),
    ),
    `Normalisation statistics come from the training split only. ${selectionWords(config)} The test split was scored after training; it chose neither epoch nor seed.`,
    '## Figures',
    `Weighted F1, mean and sample standard deviation over ${results.length} ${results.length === 1 ? 'seed' : 'seeds'} (${results.map(({ seed }) => seed).join(', ')}). The weights here are of seed ${best.seed}, epoch ${best.kept.epoch}.`,
    figuresTable(summarise(results), results.indexOf(best)),
    perClassTable(best, labels),
    config.card.figures.trim(),
    '## Limits',
    limits(config).join('\n'),
    '## Making',
    `${parameters.toLocaleString('en')} parameters. Trained with \`emograph train\` and this configuration:`,
    `\`\`\`yaml\n${stringify(portable(config)).trimEnd()}\n\`\`\``,
    `SHA-256 of weights.safetensors: \`${sha256}\``,
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

const AND = new Intl.ListFormat('en-GB', { style: 'long', type: 'conjunction' })

const title = (label: string): string =>
  labelTitle(label) === label ? `\`${label}\`` : `\`${label}\` ${labelTitle(label)}`

function modeWords({ mode }: TrainConfig): string {
  if (mode === 'both') return 'One set of weights serves both modes, live (causal) and offline (bidirectional).'
  return mode === 'live' ? 'Trained for live (causal) mode only.' : 'Trained for offline (bidirectional) mode only.'
}

function selectionWords({ data, keep }: TrainConfig): string {
  if (data.learnFromDev) {
    return 'The dev split (val) was learned from as well, with every choice made before; the weights are of the last epoch and of the first seed.'
  }
  if (keep === 'last') return 'The weights are of the last epoch; the dev split (val) chose the seed.'
  return 'The dev split (val) chose the epoch and the seed.'
}

function figuresTable(rows: readonly SummaryRow[], kept: number): string {
  return markdownTable(
    ['split', 'mode', 'input', 'mean', 'sd', 'these weights'],
    rows.map(({ split, mode, modalities, mean, deviation, each }) => [
      split,
      mode,
      modalities.join(' + '),
      mean.toFixed(4),
      deviation.toFixed(4),
      each[kept]!.toFixed(4),
    ]),
  )
}

/** F1 of each class on the test split with everything given, by mode. */
function perClassTable({ evaluations }: SeedResult, labels: readonly string[]): string {
  const most = Math.max(0, ...evaluations.map(({ modalities }) => modalities.length))
  const test = evaluations.filter(({ split, modalities }) => split === 'test' && modalities.length === most)
  if (test.length === 0) return ''
  return markdownTable(
    ['F1 of these weights, test', ...labels, 'accuracy', 'macro F1', 'calibration error'],
    test.map(({ mode, scores }) => [
      mode,
      ...scores.perClass.map(({ f1 }) => f1.toFixed(3)),
      scores.accuracy.toFixed(3),
      scores.macroF1.toFixed(3),
      scores.ece.toFixed(3),
    ]),
  )
}

function limits({ card, data }: TrainConfig): string[] {
  return [
    '- A label is a guess about an expressed emotion as annotators would name it, not a fact about what a person feels. Nothing that matters to a person should be decided by it.',
    '- The figures hold for conversations like those of the data; other languages, cultures, microphones and situations will be worse.',
    ...(data.modalities.length > 1
      ? ['- An utterance may lack modalities; labels are then less sure (see the figures for text alone).']
      : []),
    ...card.limits.map((limit) => `- ${limit}`),
  ]
}

/** The configuration without what is only of the machine it ran on. */
function portable(config: TrainConfig): Omit<TrainConfig, 'out' | 'card'> {
  const { out: _out, card: _card, ...rest } = config
  return rest
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
