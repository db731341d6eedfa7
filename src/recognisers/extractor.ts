import type { LabelledMedia } from '../datasets/labelled-media.ts'
import type { FeatureCache } from './feature-cache.ts'

/** What makes numbers of a recording or a picture, as it is and in varied copies. */
export interface Extractor {
  /** Identity of the numbers: a change of what they are is a change of the name. */
  readonly name: string
  /** Numbers of a row: of the vector, of a step, of a pixel. */
  readonly size: number
  /** How many varied copies of a training item are made. */
  readonly copies: number
  /** Everything that a copy depends on but for the content, as a word; copy 0 is the item as it is. */
  form(copy: number): string
  open(bytes: Uint8Array, file: string | undefined): Promise<DecodedItem>
  close(): Promise<void>
}

export interface DecodedItem {
  /** The numbers of a copy; undefined where the item has none, for the reason `missing`. */
  numbers(copy: number): Promise<Float32Array | undefined>
  readonly missing: string
  /** What is not as it should be, a sentence each: cut off, clipped. */
  readonly remarks: readonly string[]
}

/**
 * The numbers of an item and of its varied copies, from the cache where they are there. Undefined where the item itself
 * has none; a copy without is left out.
 */
export async function extractForms(
  item: LabelledMedia,
  copies: number,
  extractor: Extractor,
  cache: FeatureCache,
): Promise<Float32Array[] | undefined> {
  const bytes = await item.read()
  let opened: ReturnType<Extractor['open']> | undefined
  const forms: Float32Array[] = []
  for (let copy = 0; copy <= copies; copy += 1) {
    const numbers = await cache.get(bytes, extractor.form(copy), async () => {
      opened ??= extractor.open(bytes, item.file)
      return (await opened).numbers(copy)
    })
    if (numbers !== undefined) forms.push(numbers)
    else if (copy === 0) return undefined
  }
  return forms
}
