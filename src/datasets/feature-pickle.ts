import type { Conversation, Features, Split, Utterance } from '../conversation/conversation.ts'
import { LABEL_SETS, type LabelSetName } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { nominalTimes } from './nominal-times.ts'
import { isNumpyArray } from './numpy-array.ts'
import { readNumpyPickle } from './numpy-pickle.ts'
import { requireSize } from './validation.ts'

/** What stands where in the tuple; -1: not in this layout. */
const LAYOUTS = {
  /** DialogueRNN's IEMOCAP_features.pkl (Majumder et al. 2019), as MMGCN, COGMEN and CORECT take it. */
  iemocap: { labelSet: 'iemocap6', text: 3, audio: 4, visual: 5, sentences: 6, train: 7, test: 8 },
  /** MELD_features_raw.pkl of the same authors: no visual features, speakers one-hot. */
  meld: { labelSet: 'meld7', text: 3, audio: 4, visual: -1, sentences: 5, train: 6, test: 7 },
} as const satisfies Record<
  string,
  { labelSet: LabelSetName } & Record<Modality | 'sentences' | 'train' | 'test', number>
>
export type PickleLayout = keyof typeof LAYOUTS
type Layout = (typeof LAYOUTS)[PickleLayout]

const [IDS, SPEAKERS, LABELS, TUPLE_SIZE] = [0, 1, 2, 9]

export interface FeaturePickleOptions {
  /** Default: told apart by what the sixth part of the tuple holds, vectors or sentences. */
  readonly layout?: PickleLayout | undefined
  /** Splits by dialogue id that go before the file's own train and test ids: it has no validation split. */
  readonly splits?: ReadonlyMap<string, Split> | undefined
  readonly split?: Split | undefined
}

/**
 * The conversations of a feature pickle, in the file's order. The file is in memory as a whole: a pickle can be read in
 * no other way. Times are nominal; labels are the file's indices in the label set.
 *
 * @throws EMO_FILE_MISSING, EMO_PICKLE_UNSAFE, EMO_FILE_FORMAT (broken, or another tuple), EMO_LABEL_UNKNOWN,
 *   EMO_FEATURE_SIZE; each names the place in the tuple, such as `audio[Ses01F_impro01][3]`.
 */
export async function* readFeaturePickle(
  file: string,
  options: FeaturePickleOptions = {},
): AsyncGenerator<Conversation> {
  const tuple = await readNumpyPickle(file)
  if (!Array.isArray(tuple) || tuple.length !== TUPLE_SIZE) {
    throw wrong(
      file,
      'pickle',
      `a tuple of ${TUPLE_SIZE}`,
      Array.isArray(tuple) ? `${tuple.length} parts` : typeof tuple,
    )
  }
  const layout: Layout = LAYOUTS[options.layout ?? layoutOf(tuple, file)]
  const part = (index: number, name: string) => dictionary(tuple[index], file, name)
  const ids = part(IDS, 'ids')
  const speakers = part(SPEAKERS, 'speakers')
  const labels = part(LABELS, 'labels')
  const sentences = part(layout.sentences, 'sentences')
  const modalities = (['text', 'audio', 'visual'] as const).filter((modality) => layout[modality] >= 0)
  const features = modalities.map((modality) => [modality, part(layout[modality], modality)] as const)
  const splits = new Map([
    ...elements(tuple[layout.train], file, 'train ids').map((id) => [String(id), 'train'] as const),
    ...elements(tuple[layout.test], file, 'test ids').map((id) => [String(id), 'test'] as const),
    ...(options.splits ?? []),
  ])
  const sizes: PerModality<number> = {}

  for (const [key, rawIds] of ids) {
    const id = String(key)
    const split = splits.get(id)
    if (options.split !== undefined && split !== options.split) continue
    const names = elements(rawIds, file, `ids[${id}]`)
    const column = (dict: ReadonlyMap<unknown, unknown>, name: string) => {
      const values = elements(dict.get(key), file, `${name}[${id}]`)
      if (values.length === names.length) return values
      throw wrong(file, `${name}[${id}]`, `${names.length} elements, one an utterance`, `${values.length}`)
    }
    const own = {
      speakers: column(speakers, 'speakers'),
      labels: column(labels, 'labels'),
      sentences: column(sentences, 'sentences'),
      features: features.map(([modality, dict]) => [modality, column(dict, modality)] as const),
    }
    const utterances = names.map((name, i): Utterance => {
      const vectors: Features = {}
      for (const [modality, rows] of own.features) {
        const place = { file, field: `${modality}[${id}][${i}]` }
        const vector = vectorOf(rows[i], place)
        sizes[modality] ??= vector.length
        requireSize(sizes[modality], vector.length, place)
        vectors[modality] = vector
      }
      return {
        id: typeof name === 'string' ? name : `${id}_${String(name)}`,
        speaker: speakerOf(own.speakers[i], file, `speakers[${id}][${i}]`),
        ...nominalTimes(i),
        text: String(own.sentences[i]),
        label: labelOf(own.labels[i], layout.labelSet, { file, field: `labels[${id}][${i}]` }),
        features: vectors,
      }
    })
    yield { id, labelSet: layout.labelSet, ...(split && { split }), utterances }
  }
}

function layoutOf(tuple: readonly unknown[], file: string): PickleLayout {
  const [first] = dictionary(tuple[5], file, 'part 5').values()
  return typeof elements(first, file, 'part 5')[0] === 'string' ? 'meld' : 'iemocap'
}

function dictionary(value: unknown, file: string, field: string): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value
  throw wrong(file, field, 'a dictionary by dialogue', Array.isArray(value) ? 'a list' : typeof value)
}

/** The elements of a list, a set, or of the first axis of a numpy array. */
function elements(value: unknown, file: string, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  if (isNumpyArray(value) && value.shape.length === 1) return Array.from(value.data as ArrayLike<unknown>)
  if (isNumpyArray(value) && value.shape.length === 2) {
    const [rows, columns] = value.shape as [number, number]
    return Array.from({ length: rows }, (_, row) => value.data.slice(row * columns, (row + 1) * columns))
  }
  throw wrong(file, field, 'a list', value === undefined ? 'nothing' : typeof value)
}

function vectorOf(value: unknown, place: { file: string; field: string }): Float32Array {
  const numbers = isNumpyArray(value) ? value.data : value
  const list = ArrayBuffer.isView(numbers) ? (numbers as Float32Array) : Array.isArray(numbers) ? numbers : undefined
  if (list !== undefined && list.length > 0 && list.every((x: unknown) => typeof x === 'number')) {
    return Float32Array.from(list)
  }
  throw wrong(
    place.file,
    place.field,
    'a vector of numbers',
    list === undefined ? typeof value : `${list.length} of another kind`,
  )
}

function labelOf(value: unknown, set: LabelSetName, place: { file: string; field: string }): string {
  const label = typeof value === 'number' ? (LABEL_SETS[set] as readonly string[])[value] : undefined
  if (label !== undefined) return label
  throw new EmographError('EMO_LABEL_UNKNOWN', {
    ...place,
    expected: `0 to ${LABEL_SETS[set].length - 1}, an index in ${set}`,
    got: typeof value === 'number' ? String(value) : typeof value,
  })
}

/** `M`, `F`, or the place of the 1 in a one-hot list. */
function speakerOf(value: unknown, file: string, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  const hot = Array.isArray(value)
    ? value
    : isNumpyArray(value)
      ? Array.from(value.data as ArrayLike<unknown>)
      : undefined
  const index = hot?.indexOf(1) ?? -1
  if (index >= 0) return `speaker ${index}`
  throw wrong(file, field, 'a name or a one-hot list', typeof value)
}

const wrong = (file: string, field: string, expected: string, got: string): EmographError =>
  new EmographError('EMO_FILE_FORMAT', { file, field, expected, got })
