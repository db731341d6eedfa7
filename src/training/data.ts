import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Conversation, Split } from '../conversation/conversation.ts'
import type { LabelSetName } from '../conversation/label-sets.ts'
import { type IemocapFeaturesOptions, readIemocapFeatures } from '../datasets/iemocap-features.ts'
import { readJsonl } from '../datasets/jsonl.ts'
import { textLines } from '../datasets/text-lines.ts'
import { type CachedTextEncoder, cachedTextEncoder } from '../encoders/text/encoding-cache.ts'
import { createTextEncoder, type TextEncoder } from '../encoders/text/text-encoder.ts'
import { EmographError } from '../errors.ts'

export interface ReadConversationsOptions {
  readonly labelSet: LabelSetName
  readonly split?: Split | undefined
  /** Of the IEMOCAP feature set: which audio columns; all when left away. */
  readonly audioColumns?: IemocapFeaturesOptions['audioColumns']
}

/**
 * The conversations of a file: our JSONL, or the dialogues file of the IEMOCAP feature set with its audio beside it.
 * Which of the two it is shows in the first line.
 *
 * @throws what the readers throw
 */
export async function readConversations(path: string, options: ReadConversationsOptions): Promise<Conversation[]> {
  const { labelSet, split, audioColumns } = options
  const conversations: Conversation[] = []
  const source = (await isIemocapFeatures(path))
    ? readIemocapFeatures(path, { labelSet: iemocapSet(labelSet, path), split, audioColumns })
    : readJsonl(path, { split, labelSet })
  for await (const conversation of source) conversations.push(conversation)
  return conversations
}

/** True for the dialogues file of the IEMOCAP feature set. */
export async function isIemocapFeatures(path: string): Promise<boolean> {
  for await (const line of textLines(path)) return /^\s*\{\s*"dialogue"\s*:/.test(line.text)
  return false
}

function iemocapSet(labelSet: LabelSetName, file: string): 'iemocap6' | 'iemocap4' {
  if (labelSet === 'iemocap6' || labelSet === 'iemocap4') return labelSet
  throw new EmographError('EMO_CONFIG_INVALID', {
    file,
    field: 'data.labelSet',
    expected: 'iemocap6 or iemocap4 for IEMOCAP',
    got: labelSet,
  })
}

/**
 * The conversations with text features, computed where an utterance has words and no text features of its own.
 * Utterances without words stay without text.
 */
export async function withTextFeatures(
  conversations: readonly Conversation[],
  encoder: Pick<TextEncoder, 'encode'>,
): Promise<Conversation[]> {
  const complete: Conversation[] = []
  for (const conversation of conversations) {
    const texts = conversation.utterances.flatMap(({ text, features }) =>
      needsText(text, features.text) ? [text!] : [],
    )
    const vectors = (await encoder.encode(texts)).values()
    const utterances = conversation.utterances.map((utterance) => {
      if (!needsText(utterance.text, utterance.features.text)) return utterance
      return { ...utterance, features: { ...utterance.features, text: vectors.next().value! } }
    })
    complete.push({ ...conversation, utterances })
  }
  return complete
}

/** True when some utterance has words but no text features. */
export function lacksTextFeatures(conversations: readonly Conversation[]): boolean {
  return conversations.some(({ utterances }) => utterances.some(({ text, features }) => needsText(text, features.text)))
}

function needsText(text: string | undefined, feature: Float32Array | undefined): boolean {
  return feature === undefined && text !== undefined && text.trim() !== ''
}

/**
 * {@link withTextFeatures} by an encoder through a cache on disk; the encoder is only loaded where it is needed.
 *
 * @param name what `TextEncoder.name` of the wanted encoder is, or will be: see {@link openTextEncoder}
 * @param cacheFolder as private as the data: see `cachedTextEncoder`
 */
export async function encodeMissingText(
  conversations: readonly Conversation[],
  name: string,
  cacheFolder: string,
): Promise<Conversation[]> {
  if (!lacksTextFeatures(conversations)) return [...conversations]
  const encoder = await openTextEncoder(name, cacheFolder)
  try {
    return await withTextFeatures(conversations, encoder)
  } finally {
    await encoder.dispose()
  }
}

const dtypeSchema = z.enum(['q8', 'fp32', 'fp16', 'int8', 'uint8', 'q4']).default('q8')

/**
 * The text encoder of a name, through a cache on disk. The name is a model's (`all-MiniLM-L6-v2`, a folder, a name of the
 * hub) or that which an encoder bears and a checkpoint records (`all-MiniLM-L6-v2:q8`, `BAAI/bge-small-en-v1.5:q8:cls`).
 */
export async function openTextEncoder(name: string, cacheFolder: string): Promise<CachedTextEncoder> {
  const [model = '', dtype, ...settings] = name.split(':')
  const encoder = await createTextEncoder({
    model,
    dtype: dtypeSchema.parse(dtype),
    pooling: settings.includes('cls') ? 'cls' : 'mean',
    normalise: !settings.includes('raw'),
    allowNetwork: true,
  })
  return cachedTextEncoder(encoder, cacheFolder)
}

/** Where computed text features are kept. */
export function textCacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  return join(base, 'emograph', 'text')
}
