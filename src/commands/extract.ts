import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { SPLITS } from '../conversation/conversation.ts'
import { LABEL_SET_NAMES } from '../conversation/label-sets.ts'
import { MODALITIES, modalitySchema } from '../conversation/modality.ts'
import { parseWith } from '../datasets/validation.ts'
import { DEFAULT_TEXT_MODEL } from '../encoders/text/text-encoder.ts'
import { EmographError } from '../errors.ts'
import { CLIP_LIST, clipsSource } from '../extraction/clips-source.ts'
import { extract } from '../extraction/extract.ts'
import { iemocapSource } from '../extraction/iemocap-source.ts'
import type { ExtractionSource, ExtractorOptions } from '../extraction/job.ts'
import { picturesSource } from '../extraction/pictures-source.ts'
import { createExtractionProgress } from '../extraction/progress.ts'
import { ravdessSource } from '../extraction/ravdess-source.ts'
import { explainExtraction } from '../extraction/report.ts'
import { loadRecogniserFolder } from '../recognisers/recogniser-folder.ts'
import { parseCount } from '../terminal/options.ts'

/** Beyond two, threads wait for the same disk and memory; a larger machine says so itself. */
const DEFAULT_WORKERS = Math.min(2, availableParallelism())

const optionsSchema = z.object({
  iemocap: z.string().optional(),
  clips: z.string().optional(),
  ravdess: z.string().optional(),
  pictures: z.string().optional(),
  list: z.string().optional(),
  out: z.string(),
  modalities: z.array(modalitySchema).min(1),
  labelSet: z.enum(LABEL_SET_NAMES).optional(),
  split: z.enum(SPLITS).optional(),
  turns: z.enum(['all', 'labelled']),
  textEncoder: z.string(),
  rawAudio: z.boolean(),
  faceRecogniser: z.string().optional(),
  fps: z.number().positive().max(60),
  workers: z.int().max(64),
  json: z.boolean(),
})
type ExtractFlags = z.infer<typeof optionsSchema>

/** `emograph extract`: features of recordings, docs/extraction.md. */
export function extractCommand(): Command {
  return new Command('extract')
    .description('make features of recorded conversations: our JSONL with sidecar files')
    .option('--iemocap <dir>', 'the licensed release, in its own layout')
    .option('--clips <dir>', 'a folder of loose clips with a list')
    .option('--ravdess <dir>', 'RAVDESS, by its file names')
    .option('--pictures <dir>', 'pictures of faces, a folder an emotion')
    .option('--list <file>', `with --clips: the list (default: ${CLIP_LIST} in the folder)`)
    .requiredOption('--out <dir>', 'where features.jsonl and its sidecars go')
    .option('--modalities <list>', 'which features', (list) => list.split(','), [...MODALITIES])
    .addOption(
      new Option('--label-set <name>', 'with --iemocap or --clips (default: iemocap6)').choices(LABEL_SET_NAMES),
    )
    .addOption(new Option('--split <name>', 'with --iemocap: only this split').choices(SPLITS))
    .addOption(
      new Option('--turns <which>', 'with --iemocap: every rated turn, or those of the label set')
        .choices(['all', 'labelled'])
        .default('all'),
    )
    .option('--text-encoder <name>', 'a folder under models/, and its precision', `${DEFAULT_TEXT_MODEL}:q8`)
    .option('--raw-audio', 'leave audio on its own scale, not on that of the published IEMOCAP columns', false)
    .option(
      '--face-recogniser <dir>',
      'a trained recogniser of faces, whose probabilities become visual columns as well',
    )
    .option('--fps <n>', 'video frames a second that are looked at', Number, 5)
    .option('--workers <n>', 'threads; the output is the same for any number', parseCount, DEFAULT_WORKERS)
    .option('--json', 'print one JSON object at the end', false)
    .action(async (raw: unknown) => {
      const flags = parseWith(optionsSchema, raw, { field: 'flags' }, 'EMO_CONFIG_INVALID')
      const source = await openSource(flags)
      const extractor: ExtractorOptions = {
        modalities: flags.modalities,
        textEncoder: flags.textEncoder,
        calibratedAudio: !flags.rawAudio,
        framesPerSecond: flags.fps,
        ...(flags.faceRecogniser && { faceRecogniser: await recogniserAt(flags.faceRecogniser) }),
      }
      const progress = createExtractionProgress()
      const { out, workers } = flags
      const report = await extract(source, { extractor, out, workers, onProgress: progress.update }).finally(
        progress.stop,
      )
      const { missing: _missing, features: _features, ...figures } = report
      console.log(flags.json ? JSON.stringify(figures) : explainExtraction(report).join('\n'))
    })
}

async function recogniserAt(folder: string): Promise<ExtractorOptions['faceRecogniser']> {
  return { folder, sha256: (await loadRecogniserFolder(folder)).sha256 }
}

async function openSource(flags: ExtractFlags): Promise<ExtractionSource> {
  const { iemocap, clips, ravdess, pictures, labelSet, split, turns, list } = flags
  if ([iemocap, clips, ravdess, pictures].filter((folder) => folder !== undefined).length !== 1) {
    const expected = 'one of --iemocap, --clips, --ravdess, --pictures'
    throw new EmographError('EMO_CONFIG_INVALID', { field: 'flags', expected, got: 'none or several' })
  }
  if (clips !== undefined) return clipsSource(clips, { list, labelSet })
  if (ravdess !== undefined) return ravdessSource(ravdess)
  if (pictures !== undefined) return picturesSource(pictures)
  if (labelSet !== undefined && labelSet !== 'iemocap6' && labelSet !== 'iemocap4') {
    throw new EmographError('EMO_CONFIG_INVALID', { field: '--label-set', expected: 'iemocap6 or iemocap4' })
  }
  return iemocapSource(iemocap!, { labelSet, split, turns })
}
