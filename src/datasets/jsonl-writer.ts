import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Conversation, Utterance } from '../conversation/conversation.ts'
import { MODALITIES, type Modality, type PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { encodeFloat32 } from '../float32.ts'
import type { SidecarRow } from './jsonl.ts'
import { requireSize } from './validation.ts'

export interface WriteJsonlOptions {
  /**
   * `inline`: numbers in the line, good for a few utterances. `sidecar`: one `NAME.MODALITY.f32` per modality beside the
   * file, eight times smaller and exact to the bit. Default: `inline`.
   */
  readonly features?: 'inline' | 'sidecar'
}

interface Sidecar {
  readonly name: string
  readonly handle: FileHandle
  readonly columns: number
  rows: number
}

/**
 * Writes conversations in our JSONL format (docs/formats.md), one at a time, and returns how many. Files appear under
 * their names only when all is written: a run that is cut off leaves `.tmp` files and no half data set.
 *
 * @throws EMO_FEATURE_SIZE when a sidecar's vectors differ in size; EMO_CONVERSATION_INVALID for an infinite value,
 *   which JSON cannot hold.
 */
export async function writeJsonl(
  path: string,
  conversations: Iterable<Conversation> | AsyncIterable<Conversation>,
  options: WriteJsonlOptions = {},
): Promise<number> {
  const stem = basename(path).replace(/\.jsonl$/, '')
  const lines = await open(`${path}.tmp`, 'w')
  const sidecars = new Map<Modality, Sidecar>()

  const sidecarRow = async (modality: Modality, vector: Float32Array, field: string): Promise<SidecarRow> => {
    let sidecar = sidecars.get(modality)
    if (sidecar === undefined) {
      const name = `${stem}.${modality}.f32`
      sidecar = { name, handle: await open(join(dirname(path), `${name}.tmp`), 'w'), columns: vector.length, rows: 0 }
      sidecars.set(modality, sidecar)
    }
    requireSize(sidecar.columns, vector.length, { file: path, field })
    await sidecar.handle.write(encodeFloat32(vector))
    return { file: sidecar.name, columns: sidecar.columns, row: sidecar.rows++ }
  }

  const encodeUtterance = async (utterance: Utterance, conversationId: string): Promise<unknown> => {
    const features: PerModality<SidecarRow | (number | null)[]> = {}
    for (const modality of MODALITIES) {
      const vector = utterance.features[modality]
      if (vector === undefined) continue
      const field = `${conversationId}/${utterance.id} features.${modality}`
      features[modality] =
        options.features === 'sidecar' ? await sidecarRow(modality, vector, field) : inlineNumbers(vector, path, field)
    }
    const { features: _, ...rest } = utterance
    return Object.keys(features).length === 0 ? rest : { ...rest, features }
  }

  let count = 0
  let whole = false
  try {
    for await (const conversation of conversations) {
      const utterances = []
      for (const utterance of conversation.utterances)
        utterances.push(await encodeUtterance(utterance, conversation.id))
      await lines.write(`${JSON.stringify({ ...conversation, utterances })}\n`)
      count += 1
    }
    whole = true
  } finally {
    const temporary = [path, ...Array.from(sidecars.values(), ({ name }) => join(dirname(path), name))]
    await Promise.all([lines, ...Array.from(sidecars.values(), ({ handle }) => handle)].map((handle) => handle.close()))
    // The lines last: whoever sees them finds the numbers that they point to.
    for (const file of temporary.reverse()) await (whole ? rename(`${file}.tmp`, file) : rm(`${file}.tmp`))
  }
  return count
}

/** Nine significant digits give every float32 back exactly. */
function inlineNumbers(vector: Float32Array, file: string, field: string): (number | null)[] {
  return Array.from(vector, (value) => {
    if (Number.isNaN(value)) return null
    if (Number.isFinite(value)) return Number(value.toPrecision(9))
    throw new EmographError('EMO_CONVERSATION_INVALID', {
      file,
      field,
      expected: 'finite numbers or NaN',
      got: `${value}`,
    })
  })
}
