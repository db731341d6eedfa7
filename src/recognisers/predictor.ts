import { readFile } from 'node:fs/promises'
import { decodeVideo } from '../encoders/media/decode-video.ts'
import { explainVideoReport } from '../encoders/media/video-report.ts'
import { isEmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'
import { loadRecogniser, type Recognised, type Recogniser, SHIPPED_RECOGNISERS } from './recogniser.ts'

/** What one recogniser says of one medium. */
export type Prediction =
  | {
      readonly modality: 'text' | 'audio' | 'visual'
      readonly model: string
      /** The most probable class. */
      readonly label: string
      readonly probabilities: readonly { readonly name: string; readonly probability: number }[]
      /** Of a video: the frames with a face that were looked at; the probabilities are their mean. */
      readonly frames?: number
      /** What was not as it should be, a sentence each: cut off, clipped. */
      readonly remarks?: readonly string[]
    }
  | {
      readonly modality: 'text' | 'audio' | 'visual'
      readonly model: string
      /** Why there is nothing to judge. */
      readonly missing: string
      readonly remarks?: readonly string[]
    }

export interface Predictor {
  audio(file: string): Promise<Prediction>
  /** `whole`: the picture is a cut-out face. */
  image(file: string, options?: { readonly whole?: boolean }): Promise<Prediction>
  /** Its sound and its faces, each by its own recogniser. */
  video(file: string): Promise<readonly Prediction[]>
  dispose(): Promise<void>
}

export interface PredictorOptions {
  readonly audioModel?: string
  readonly faceModel?: string
  /** Frames of a video that are looked at: so many a second, so many at most. */
  readonly framesPerSecond?: number
  readonly mostFrames?: number
}

/**
 * The recognisers by themselves, each loaded when it is first needed; `useBackend` has to have been called.
 *
 * @example
 * const predictor = createPredictor()
 * const said = await predictor.audio('clip.wav')
 * if ('label' in said) console.log(said.label)
 *
 * @throws (its functions) what decoders throw, EMO_CHECKPOINT_INVALID, EMO_ENCODER_UNAVAILABLE, EMO_FILE_MISSING
 */
export function createPredictor(options: PredictorOptions = {}): Predictor {
  const { framesPerSecond = 2, mostFrames = 120 } = options
  const loaded = new Map<string, Promise<Recogniser>>()

  const load = (task: 'audio' | 'face', crop: 'face' | 'whole'): Promise<Recogniser> => {
    const dir = (task === 'audio' ? options.audioModel : options.faceModel) ?? SHIPPED_RECOGNISERS[task]
    const known = loaded.get(`${task} ${crop}`)
    if (known !== undefined) return known
    const loading = loadRecogniser(dir, task, { crop })
    loaded.set(`${task} ${crop}`, loading)
    // A failure is not kept: the folder may be there at the next call.
    loading.catch(() => loaded.delete(`${task} ${crop}`))
    return loading
  }

  async function audio(file: string): Promise<Prediction> {
    const recogniser = await load('audio', 'face')
    const found = await recogniser.recognise(await contentOf(file), file)
    return predictionOf('audio', recogniser, found)
  }

  async function faces(file: string): Promise<Prediction> {
    const recogniser = await load('face', 'face')
    const seen: Float32Array[] = []
    let looked = 0
    const video = decodeVideo(file, { framesPerSecond, maxSide: 640 })
    for await (const frame of video.frames) {
      const found = await recogniser.recogniseFrame(frame)
      if (found !== undefined) seen.push(found)
      looked += 1
      if (looked >= mostFrames) break
    }
    const mean = seen[0]?.map((_, c) => seen.reduce((sum, each) => sum + each[c]!, 0) / seen.length)
    // Where only the first frames were looked at, the rest is not missing.
    const remarks = looked < mostFrames ? explainVideoReport(video.report()) : []
    const found = { probabilities: mean, missing: `no face in ${looked} frames`, remarks }
    return { ...predictionOf('visual', recogniser, found), frames: seen.length }
  }

  return {
    audio,
    async image(file, { whole = false } = {}) {
      const recogniser = await load('face', whole ? 'whole' : 'face')
      const found = await recogniser.recognise(await contentOf(file), file)
      return predictionOf('visual', recogniser, found)
    },
    async video(file) {
      // First, so that what is no video is told as that.
      const pictures = await faces(file)
      const sound = await audio(file).catch(async (error: unknown): Promise<Prediction> => {
        if (!isEmographError(error, 'EMO_AUDIO_EMPTY')) throw error
        const found = { probabilities: undefined, missing: 'the video has no sound', remarks: [] }
        return predictionOf('audio', await load('audio', 'face'), found)
      })
      return [sound, pictures]
    },
    async dispose() {
      for (const loading of loaded.values()) await (await loading).dispose()
      loaded.clear()
    },
  }
}

/** Probabilities by name, the most probable first. */
export function rankedProbabilities(
  labels: readonly string[],
  probabilities: Float32Array,
): { readonly name: string; readonly probability: number }[] {
  return labels
    .map((name, k) => ({ name, probability: probabilities[k]! }))
    .sort((a, b) => b.probability - a.probability)
}

function predictionOf(
  modality: 'audio' | 'visual',
  { stored }: Recogniser,
  { probabilities: found, missing, remarks: all }: Recognised,
): Prediction {
  const remarks = all.length > 0 && { remarks: all }
  if (found === undefined) return { modality, model: stored.name, missing, ...remarks }
  const probabilities = rankedProbabilities(stored.labels, found)
  return { modality, model: stored.name, label: probabilities[0]!.name, probabilities, ...remarks }
}

async function contentOf(file: string): Promise<Uint8Array> {
  await requireFile(file)
  return readFile(file)
}
