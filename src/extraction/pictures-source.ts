import { LABEL_SETS } from '../conversation/label-sets.ts'
import { IMAGE_EXTENSIONS, readLabelledFolder } from '../datasets/labelled-folder.ts'
import { nominalTimes } from '../datasets/nominal-times.ts'
import { EmographError } from '../errors.ts'
import { groupBy } from './group-by.ts'
import type { ExtractionJob, ExtractionSource } from './job.ts'

/** Ekman's six and neutral as the folders of facial-expression sets are called, and as MELD calls them. */
const LABELS: Readonly<Record<string, (typeof LABEL_SETS)['meld7'][number]>> = {
  angry: 'anger',
  disgust: 'disgust',
  fear: 'fear',
  happy: 'joy',
  sad: 'sadness',
  surprise: 'surprise',
  neutral: 'neutral',
}

/** Pictures a job: some ten seconds of work, so that a run that was cut off loses little. */
const PICTURES_PER_JOB = 250

/**
 * Pictures of faces in a folder an emotion (`train/happy/17.jpg`) as jobs; every picture is a conversation of one
 * utterance without words. Label set `meld7`. Times are nominal.
 *
 * @throws EMO_FILE_MISSING; EMO_DATA_EMPTY without a picture; EMO_LABEL_UNKNOWN for a folder of another name
 */
export async function picturesSource(folder: string): Promise<ExtractionSource> {
  const { items } = await readLabelledFolder(folder, IMAGE_EXTENSIONS)
  const pictures = items.map(({ id, label, split, file }, index) => ({
    group: Math.floor(index / PICTURES_PER_JOB),
    file: file!,
    conversation: {
      id,
      labelSet: 'meld7' as const,
      ...(split && { split }),
      utterances: [{ id, speaker: 'one', ...nominalTimes(0), label: labelOf(label, folder), features: {} }],
    },
  }))
  const jobs = groupBy(pictures, ({ group }) => String(group)).map(
    (some): ExtractionJob => ({
      id: `pictures-${some[0]!.group}`,
      conversations: some.map(({ conversation }) => conversation),
      media: some.map(({ file }) => [{ picture: { file } }]),
    }),
  )
  return { jobs, remarks: [] }
}

function labelOf(name: string, file: string): string {
  const label = LABELS[name] ?? LABEL_SETS.meld7.find((each) => each === name)
  if (label !== undefined) return label
  throw new EmographError('EMO_LABEL_UNKNOWN', { file, expected: Object.keys(LABELS).join(', '), got: name })
}
