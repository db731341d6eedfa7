import { stringify } from 'yaml'
import { meanAndDeviation } from '../training/metrics.ts'
import type { RecogniserConfig } from './config.ts'
import type { ScalingKind } from './recogniser-data.ts'
import type { RecogniserSeed } from './train.ts'

export interface CardParts {
  readonly name: string
  readonly config: RecogniserConfig
  readonly labels: readonly string[]
  readonly seeds: readonly RecogniserSeed[]
  readonly items: Readonly<Record<'train' | 'val' | 'test', number>>
  readonly kept: number
  readonly sha256: string
}

const WORDS: Readonly<Record<ScalingKind, string>> = {
  alike: 'stranger: everybody scaled alike',
  'by person': 'known person: scaled by the own mean and deviation over the unlabelled items',
}

/** The model card of a recogniser: what it was trained on, what it is worth, what it may be used for. */
export function renderRecogniserCard(parts: CardParts): string {
  const { name, config, labels, seeds, items, kept, sha256 } = parts
  const { task, network, card, refit } = config
  const { out: _out, card: _card, data, audioVariation, imageVariation, ...settings } = config
  const variation = task === 'audio' ? { audioVariation } : { imageVariation }
  return `${[
    `# ${name}`,
    '',
    `Labels the emotion of one ${task === 'audio' ? 'recorded utterance' : 'picture of a face'} as one of ${labels.join(', ')}.`,
    `A ${network.kind}, trained by \`emograph train ${task}\`; weights of seed ${kept}.`,
    '',
    `- **Data**: ${card.data}`,
    `- **Terms**: ${card.terms}`,
    `- **Items**: ${items.train} trained on${refit ? ' (the val part, on which the settings had been chosen, among them)' : `, ${items.val} val`}, ${items.test} test.`,
    ...card.limits.map((limit) => `- **Limit**: ${limit}`),
    '- **Limit**: a label is a guess about an expressed emotion, not a fact about what a person feels.',
    '',
    '## Figures',
    '',
    '| part | scaling | accuracy, mean | sd over seeds | macro F1, mean | each seed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...(['val', 'test'] as const).flatMap((part) => figureRows(seeds, part)),
    '',
    '## Settings',
    '',
    '```yaml',
    stringify({ ...settings, ...variation, data: { splitting: data.splitting, crop: data.crop } }).trimEnd(),
    '```',
    '',
    `weights.safetensors: sha256 \`${sha256}\``,
  ].join('\n')}\n`
}

function figureRows(seeds: readonly RecogniserSeed[], part: 'val' | 'test'): string[] {
  const figure = (value: number): string => value.toFixed(3)
  return (seeds[0]?.[part] ?? []).map(({ scaling }, k) => {
    const accuracies = seeds.map((seed) => seed[part][k]!.scores.accuracy)
    const { mean, deviation } = meanAndDeviation(accuracies)
    const macro = meanAndDeviation(seeds.map((seed) => seed[part][k]!.scores.macroF1)).mean
    const each = accuracies.map(figure).join(', ')
    return `| ${part} | ${WORDS[scaling]} | ${figure(mean)} | ${figure(deviation)} | ${figure(macro)} | ${each} |`
  })
}
