/**
 * The 65 public IEMOCAP clips from file to label, three modalities: how often the conversation checkpoint is right with each
 * of them and all together, what our audio does to its probabilities beside the published audio, and how fast extraction is.
 *
 *   npm run bench:clips [-- --model DIR] [-- --workers N] [-- --json]
 *
 * All clips are of Session 1, which the official split trains on: the checkpoint has seen these utterances (their text and
 * published audio), so the accuracies are no estimate for new speech; what they show is the difference between inputs.
 * Their pictures it has not seen, nor any of IEMOCAP.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Conversation, Features } from '../src/conversation/conversation.ts'
import type { LABEL_SETS } from '../src/conversation/label-sets.ts'
import { MODALITIES } from '../src/conversation/modality.ts'
import { MODES, type Mode } from '../src/conversation/mode.ts'
import { arrangeColumns } from '../src/datasets/arrange-columns.ts'
import { encodeMissingText } from '../src/datasets/encode-missing-text.ts'
import { FUNCTIONAL_COLUMNS } from '../src/encoders/audio/functionals.ts'
import { textCacheFolder } from '../src/encoders/text/open-text-encoder.ts'
import { VISUAL_COLUMNS } from '../src/encoders/visual/pooling.ts'
import type { ExtractionJob, ExtractorOptions } from '../src/extraction/job.ts'
import { runJobs } from '../src/extraction/pool.ts'
import { type Checkpoint, loadCheckpoint } from '../src/model/checkpoint.ts'
import { createCorect } from '../src/model/corect.ts'
import { prepareConversation } from '../src/model/prepare.ts'
import { useBackend } from '../src/tensor/backend.ts'
import { predictConversations } from '../src/training/predict.ts'
import { type ClipData, expressionIsRight, readClips, withFeatures } from './clips-data.ts'
import { compare, type Prediction, predictionOf, printClips } from './clips-report.ts'
import { testSplitFigures } from './clips-test-split.ts'
import { printSeen, visualWorth } from './clips-visual.ts'

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    workers: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})
const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')

/** What the checkpoint is given of a clip's utterance; an audio of several takes the modality alone. */
const INPUTS = [
  ['text'],
  ['our audio'],
  ['visual'],
  ['text', 'our audio'],
  ['text', 'visual'],
  ['text', 'our audio', 'visual'],
  ['published audio'],
  ['text', 'published audio'],
  ['text', 'uncalibrated audio'],
] as const
type Input = (typeof INPUTS)[number][number]

interface Extraction {
  readonly features: ReadonlyMap<string, Features>
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

async function extractAll(jobs: readonly ExtractionJob[], extractor: ExtractorOptions): Promise<Extraction> {
  const features = new Map<string, Features>()
  const began = performance.now()
  const cpu = process.cpuUsage()
  await runJobs(jobs, { extractor, workers: Number(flags.workers) }, async (_, { conversations }) => {
    for (const { utterances } of conversations) for (const each of utterances) features.set(each.id, each.features)
  })
  const { user, system } = process.cpuUsage(cpu)
  return { features, wallSeconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 }
}

/** Per clip: each input's vector in the checkpoint's columns, as far as there is one. */
type InputVectors = ReadonlyMap<string, Partial<Record<Input, Float32Array>>>

function inputVectors(
  own: Extraction,
  uncalibrated: Extraction,
  { dialogues, listeners }: Pick<ClipData, 'dialogues' | 'listeners'>,
  columns: readonly string[],
  visualColumns: readonly string[],
): InputVectors {
  const published = new Map(dialogues.flatMap((each) => each.utterances.map((u) => [u.id, u.features.audio] as const)))
  const arrange = (audio: Float32Array | undefined) => audio && arrangeColumns(audio, FUNCTIONAL_COLUMNS, columns)
  const entries = Array.from(own.features, ([id, { text, audio, visual }]) => {
    const vectors = {
      text,
      visual: listeners.has(id) ? undefined : visual && arrangeColumns(visual, VISUAL_COLUMNS, visualColumns),
      'our audio': arrange(audio),
      'uncalibrated audio': arrange(uncalibrated.features.get(id)?.audio),
      'published audio': published.get(id),
    }
    return [id, Object.fromEntries(Object.entries(vectors).filter(([, vector]) => vector !== undefined))] as const
  })
  return new Map(entries)
}

function featuresOf(vectors: Partial<Record<Input, Float32Array>>, inputs: readonly Input[]): Features {
  const modalityOf = (input: Input) => MODALITIES.find((modality) => input.endsWith(modality))!
  return Object.fromEntries(inputs.flatMap((input) => (vectors[input] ? [[modalityOf(input), vectors[input]]] : [])))
}

/** The predictions for the labelled clips with every input that the checkpoint knows, alone and in their dialogues. */
function predictAll(checkpoint: Checkpoint, clips: ClipData, vectors: InputVectors): Prediction[] {
  const { model: config, normalisation, weights } = checkpoint
  const model = createCorect(config, { weights })
  const run = (conversations: readonly Conversation[], mode: Mode) => {
    const prepared = conversations.map((each) => prepareConversation(each, { ...config, normalisation }))
    return predictConversations(model, prepared, mode)
  }
  const predictions: Prediction[] = []
  for (const inputs of INPUTS) {
    if (!inputs.every((input) => config.modalities.some((modality) => input.endsWith(modality)))) continue
    // A clip without pictures has nothing to be labelled by in the row of pictures alone.
    const given = new Map(
      [...clips.labelled]
        .map((id) => [id, featuresOf(vectors.get(id)!, inputs)] as const)
        .filter(([, features]) => Object.keys(features).length > 0),
    )
    const dialogues = clips.dialogues.map((each) => withFeatures(each, given))
    const alone = dialogues.flatMap((dialogue) =>
      dialogue.utterances.filter(({ id }) => given.has(id)).map((each) => ({ ...dialogue, utterances: [each] })),
    )
    const at = { inputs: inputs.join(' + '), labelSet: config.labelSet as keyof typeof LABEL_SETS, ids: given }
    predictions.push(predictionOf({ ...at, context: 'alone', mode: 'live' }, alone, run(alone, 'live')))
    for (const mode of MODES)
      predictions.push(predictionOf({ ...at, context: 'in the dialogue', mode }, dialogues, run(dialogues, mode)))
  }
  model.dispose()
  return predictions
}

async function main(): Promise<void> {
  await useBackend('auto')
  const checkpoint = await loadCheckpoint(flags.model)
  const textEncoder = checkpoint.features.text?.encoder ?? 'all-MiniLM-L6-v2:q8'
  const columns = checkpoint.features.audio?.columns ?? FUNCTIONAL_COLUMNS
  const visualColumns = checkpoint.features.visual?.columns ?? VISUAL_COLUMNS
  const clips = await readClips(SHARED, columns)
  if (clips === undefined) {
    console.log(`skipped: no data/iemocap_clips and data/iemocap in ${SHARED} (set EMOGRAPH_SHARED)`)
    return
  }
  const options: ExtractorOptions = { modalities: MODALITIES, textEncoder, calibratedAudio: true, framesPerSecond: 5 }
  const own = await extractAll(clips.jobs, options)
  const uncalibrated = await extractAll(clips.jobs, { ...options, modalities: ['audio'], calibratedAudio: false })
  const { conversations } = await encodeMissingText(clips.dialogues, textEncoder, textCacheFolder())
  const known = { ...clips, dialogues: conversations }
  const vectors = inputVectors(own, uncalibrated, known, columns, visualColumns)
  const predictions = predictAll(checkpoint, known, vectors)
  const speakers = new Set([...clips.labelled].filter((id) => vectors.get(id)!.visual !== undefined))
  const seenSpeakers = visualWorth(predictAll(checkpoint, { ...known, labelled: speakers }, vectors))

  const differences = ['text', 'text + published audio', 'text + uncalibrated audio'].flatMap((other) =>
    (['alone', 'in the dialogue'] as const).map((context) => compare(predictions, 'text + our audio', other, context)),
  )
  const { wallSeconds, cpuSeconds } = own
  const speed = { seconds: clips.seconds, wallSeconds, cpuSeconds, realTime: clips.seconds / wallSeconds }
  const labels = new Map(conversations.flatMap((each) => each.utterances.map(({ id, label }) => [id, label] as const)))
  const faces = Array.from(own.features, ([id, { visual }]) => ({
    visual: clips.listeners.has(id) ? undefined : visual,
    label: labels.get(id),
  }))
  const seen = faces.flatMap(({ visual, label }) => (visual && label ? [expressionIsRight(visual, label)] : []))
  const visual = faces.filter((each) => each.visual !== undefined).length
  const expressions = { clips: seen.length, accuracy: seen.filter(Boolean).length / seen.length }
  const test = await testSplitFigures(checkpoint, SHARED, columns)
  printClips({
    test,
    clips,
    checkpoint,
    columns,
    visual,
    expressions,
    predictions,
    differences,
    speed,
    workers: flags.workers,
  })
  if (checkpoint.model.modalities.includes('visual')) printSeen(seenSpeakers)
  if (flags.json) {
    const accuracies = predictions.map(({ probabilities: _p, labels: _l, ...figures }) => figures)
    console.log(
      JSON.stringify({
        benchmark: 'clips',
        ...{ model: checkpoint.name, accuracies, seenSpeakers, test, expressions, differences, speed },
      }),
    )
  }
}

await main()
