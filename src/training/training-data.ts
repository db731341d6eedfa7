import { createHash } from 'node:crypto'
import { dirname, extname } from 'node:path'
import { type Conversation, type Split, speakerIndices } from '../conversation/conversation.ts'
import { type LabelSetName, labelIndex } from '../conversation/label-sets.ts'
import type { PerModality } from '../conversation/modality.ts'
import { encodeMissingText } from '../datasets/encode-missing-text.ts'
import { readFeatureDescriptions } from '../datasets/feature-descriptions.ts'
import { iemocapAudioColumns } from '../datasets/iemocap-features.ts'
import { isIemocapFeatures, readConversations } from '../datasets/read-conversations.ts'
import { textCacheFolder } from '../encoders/text/open-text-encoder.ts'
import { EmographError } from '../errors.ts'
import type { FeatureDescription } from '../model/checkpoint.ts'
import { type CorectConfig, parseCorectConfig } from '../model/config.ts'
import { fitNormalisation, type Normalisation } from '../model/normalisation.ts'
import { type PreparedConversation, prepareConversation } from '../model/prepare.ts'
import type { TrainConfig } from './config.ts'
import { type FacePool, readFacePool } from './face-pool.ts'
import { labelledUtterances } from './utterance-loss.ts'
import { createVariation, type Variation } from './variation.ts'
import { pairedStatistics } from './visual-pairing.ts'

/** All that training and evaluation need of a data set. */
export interface TrainingData {
  readonly model: CorectConfig
  readonly normalisation: Normalisation
  /** Where each modality's numbers came from, for the checkpoint. */
  readonly features: PerModality<FeatureDescription>
  /** What is learned from, what is scored after each epoch (nothing with `learnFromDev`), what is scored at the end. */
  readonly splits: Readonly<Record<Split, readonly PreparedConversation[]>>
  /** What each batch of the training split goes through before it is learned from. */
  readonly vary: Variation
  /** What faces are drawn from, with `visualPairing`. */
  readonly faces?: FacePool | undefined
}

/**
 * Reads the data of a training run, computes text features where they are missing, fits the normalisation on the
 * training split and prepares every conversation.
 *
 * @throws EMO_DATA_EMPTY when the training or the dev split has no labelled utterance, and what the readers throw
 */
export async function loadTrainingData(config: TrainConfig): Promise<TrainingData> {
  const { data } = config
  const read: Conversation[] = []
  for await (const conversation of readConversations(data.path, data)) read.push(conversation)
  const { conversations, encoder } = data.modalities.includes('text')
    ? await encodeMissingText(read, data.textEncoder, textCacheFolder())
    : { conversations: read, encoder: undefined }
  const faces = data.visualPairing === null ? undefined : await readFacePool(data.visualPairing)
  return prepareTrainingData(config, conversations, await describeFeatures(config, encoder), faces)
}

async function describeFeatures({ data }: TrainConfig, encoder?: string): Promise<PerModality<FeatureDescription>> {
  const columns = (await isIemocapFeatures(data.path))
    ? await iemocapAudioColumns(iemocapFolder(data.path), data.audioColumns)
    : undefined
  return {
    ...(await readFeatureDescriptions(data.path, data.modalities)),
    ...(encoder === undefined ? {} : { text: { encoder } }),
    ...(columns === undefined || !data.modalities.includes('audio') ? {} : { audio: { columns } }),
  }
}

/** IEMOCAP's features are named by their folder or by the dialogues file in it. */
function iemocapFolder(path: string): string {
  return extname(path) === '' ? path : dirname(path)
}

/** The part of {@link loadTrainingData} that needs no file. */
export function prepareTrainingData(
  config: TrainConfig,
  read: readonly Conversation[],
  described: PerModality<FeatureDescription> = {},
  faces?: FacePool,
): TrainingData {
  const { modalities, labelSet, devShare, visualPairing: pairing } = config.data
  const conversations = withDevSplit(read, devShare)
  const sizes = sizesOf(conversations)
  if (pairing !== null && sizes.visual !== undefined) {
    const expected = 'none: the data have visual features of their own'
    throw new EmographError('EMO_CONFIG_INVALID', { field: 'data.visualPairing', expected })
  }
  const featureSizes = { ...sizes, ...(pairing && { visual: pairing.columns.length }) }
  const model = parseCorectConfig({ ...config.model, modalities, labelSet, featureSizes })
  const given = modalities.filter((modality) => pairing === null || modality !== 'visual')
  const normalisation: Normalisation = fitNormalisation(conversations, given)
  const features = { ...described }
  if (pairing !== null && faces !== undefined) {
    const rows = conversations.filter((each) => each.split === 'train').map((each) => rowsOf(each, labelSet))
    normalisation.visual = pairedStatistics(rows, faces, pairing, labelSet)
    const description = 'learned from pictures of other people, paired by label (data.visualPairing)'
    features.visual = { encoder: faces.encoder, columns: pairing.columns, description }
  }
  const split = (name: Split) =>
    conversations
      .filter((conversation) => conversation.split === name)
      .map((conversation) => prepareConversation(conversation, { ...model, normalisation }))
  const [train, val] = [split('train'), split('val')]
  requireLabels(train, config.data.path, 'train')
  requireLabels(val, config.data.path, 'val', 'Give a dev split, or take one from the training split by data.devShare.')
  const learned = config.data.learnFromDev ? { train: [...train, ...val], val: [] } : { train, val }
  const splits = { ...learned, test: split('test') }
  const vary = createVariation(config, { model, normalisation, faces })
  return { model, normalisation, features, splits, vary, faces }
}

/** Who speaks and what is labelled. */
const rowsOf = ({ id, utterances }: Conversation, labelSet: LabelSetName) => ({
  id,
  labels: Int32Array.from(utterances, ({ label }) => labelIndex(labelSet, label)),
  speakers: speakerIndices(utterances.map(({ speaker }) => speaker)),
})

/**
 * Data without a dev split get one: `share` of the training conversations, at least one, drawn by a hash of their ids, so
 * that it depends neither on the order of the file nor on the seed.
 */
function withDevSplit(conversations: readonly Conversation[], share: number): readonly Conversation[] {
  if (share === 0 || conversations.some(({ split }) => split === 'val')) return conversations
  const hash = (id: string) => createHash('sha256').update(id).digest('hex')
  const training = conversations.filter(({ split }) => split === 'train').map(({ id }) => ({ id, hash: hash(id) }))
  const count = Math.max(1, Math.round(share * training.length))
  const dev = new Set(
    training
      .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
      .slice(0, count)
      .map(({ id }) => id),
  )
  return conversations.map((each) => (each.split === 'train' && dev.has(each.id) ? { ...each, split: 'val' } : each))
}

/** @throws EMO_DATA_EMPTY when no utterance has a label; `fix` says what to do about it, if not the usual */
export function requireLabels(
  conversations: readonly PreparedConversation[],
  file: string,
  split: string,
  fix?: string,
): void {
  if (labelledUtterances(conversations) > 0) return
  const got = `${conversations.length} conversations, none of them with one`
  throw new EmographError('EMO_DATA_EMPTY', {
    file,
    field: `split ${split}`,
    expected: 'labelled utterances',
    got,
    ...(fix && { fix }),
  })
}

/** The size of each modality's features: those of the first utterance that has them; `prepare` holds the rest to it. */
function sizesOf(conversations: readonly Conversation[]): PerModality<number> {
  const sizes: PerModality<number> = {}
  for (const { utterances } of conversations) {
    for (const { features } of utterances) {
      for (const [modality, vector] of Object.entries(features)) sizes[modality as keyof typeof sizes] ??= vector.length
    }
  }
  return sizes
}
