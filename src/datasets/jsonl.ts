import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { z } from 'zod'
import {
  type Conversation,
  conversationSchema,
  type Features,
  type Split,
  type Utterance,
  utteranceSchema,
} from '../conversation/conversation.ts'
import type { LabelSetName } from '../conversation/label-sets.ts'
import { MODALITIES, modalitySchema, type PerModality } from '../conversation/modality.ts'
import { EmographError, type ErrorPlace } from '../errors.ts'
import { type Float32File, openFloat32File } from './float32-file.ts'
import { parseJsonLine, type TextLine, textLines } from './text-lines.ts'
import { parseWith, requireLabel, requireSize } from './validation.ts'

/** A row of a sidecar file: `columns` little-endian float32 numbers a row, rows counted from 0. */
const sidecarRowSchema = z.strictObject({
  file: z.string().min(1),
  columns: z.int().positive(),
  row: z.int().nonnegative(),
})
export type SidecarRow = z.infer<typeof sidecarRowSchema>

/** Numbers in place; null where a value is not available (JSON has no NaN). */
const inlineSchema = z.array(z.number().nullable()).min(1)

/** One line of the format; docs/formats.md is its description for people. */
const jsonlConversationSchema = conversationSchema
  .extend({
    utterances: z.array(
      utteranceSchema
        .safeExtend({
          features: z
            .partialRecord(
              modalitySchema,
              z.union([inlineSchema, sidecarRowSchema], { error: 'numbers or {file, columns, row}' }),
            )
            .default({}),
        })
        .strict(),
    ),
  })
  .strict()
type JsonlConversation = z.infer<typeof jsonlConversationSchema>

export interface ReadJsonlOptions {
  /** Only conversations of this split. */
  readonly split?: Split | undefined
  /** The label set of conversations that do not name one. */
  readonly labelSet?: LabelSetName | undefined
  /** Sizes that features must have; without it, those of the first utterance that has the modality. */
  readonly featureSizes?: PerModality<number> | undefined
}

/**
 * Conversations of a JSONL file in our format (docs/formats.md), one line in memory at a time.
 *
 * @throws EMO_FILE_MISSING, EMO_FILE_FORMAT (not JSON), EMO_CONVERSATION_INVALID (a field), EMO_TIME_ORDER,
 *   EMO_LABEL_UNKNOWN, EMO_FEATURE_SIZE; each names file, line and field.
 *
 * @example
 * for await (const conversation of readJsonl('examples/moving-house.jsonl')) console.log(conversation.id)
 */
export async function* readJsonl(path: string, options: ReadJsonlOptions = {}): AsyncGenerator<Conversation> {
  const sidecars = new Map<string, Float32File>()
  const sizes: PerModality<number> = { ...options.featureSizes }
  const ids = new Set<string>()
  try {
    for await (const line of textLines(path)) {
      if (line.text.trim() === '') continue
      const raw = parseLine(line, path, options.labelSet)
      requireNew(ids, raw.id, { file: path, line: line.number, field: 'id' })
      if (options.split !== undefined && raw.split !== options.split) continue
      const utterances: Utterance[] = []
      for (const [i, { features: refs, ...utterance }] of raw.utterances.entries()) {
        const features: Features = {}
        for (const modality of MODALITIES) {
          const ref = refs[modality]
          if (ref === undefined) continue
          const place = { file: path, line: line.number, field: `utterances[${i}].features.${modality}` }
          sizes[modality] ??= sizeOf(ref)
          requireSize(sizes[modality], sizeOf(ref), place)
          features[modality] = Array.isArray(ref)
            ? Float32Array.from(ref, (value) => value ?? Number.NaN)
            : await readSidecar(sidecars, path, ref, place)
        }
        utterances.push({ ...utterance, features })
      }
      yield { ...raw, utterances }
    }
  } finally {
    for (const sidecar of sidecars.values()) await sidecar.close()
  }
}

const sizeOf = (ref: readonly unknown[] | SidecarRow): number => ('columns' in ref ? ref.columns : ref.length)

function parseLine(line: TextLine, file: string, fallback: LabelSetName | undefined): JsonlConversation {
  const place = { file, line: line.number }
  const raw = parseWith(jsonlConversationSchema, parseJsonLine(line, file), place)
  const labelSet = raw.labelSet ?? fallback
  const ids = new Set<string>()
  raw.utterances.forEach((utterance, i) => {
    requireNew(ids, utterance.id, { ...place, field: `utterances[${i}].id` })
    const at = { ...place, field: `utterances[${i}].label` }
    if (labelSet !== undefined) requireLabel(labelSet, utterance.label, at)
    else if (utterance.label !== null) {
      throw new EmographError('EMO_LABEL_UNKNOWN', {
        ...at,
        expected: 'a `labelSet` beside the id of a conversation whose utterances have labels',
        got: 'none',
      })
    }
  })
  return labelSet === undefined ? raw : { ...raw, labelSet }
}

function requireNew(seen: Set<string>, id: string, place: ErrorPlace): void {
  if (seen.has(id)) {
    throw new EmographError('EMO_CONVERSATION_INVALID', {
      ...place,
      expected: 'an id of its own',
      got: 'one seen before',
    })
  }
  seen.add(id)
}

async function readSidecar(
  open: Map<string, Float32File>,
  jsonl: string,
  ref: SidecarRow,
  place: ErrorPlace,
): Promise<Float32Array> {
  const folder = resolve(dirname(jsonl))
  const path = resolve(folder, ref.file)
  const inside = relative(folder, path)
  // A data file of a stranger must not make us read the rest of the disk.
  if (isAbsolute(ref.file) || inside.startsWith('..') || isAbsolute(inside)) {
    throw new EmographError('EMO_CONVERSATION_INVALID', {
      ...place,
      expected: "a path inside the JSONL file's own folder",
      got: 'one that leads out of it',
    })
  }
  const key = `${ref.columns} ${path}`
  const file = open.get(key) ?? (await openFloat32File(path, ref.columns, place))
  open.set(key, file)
  return file.readRow(ref.row, place)
}
