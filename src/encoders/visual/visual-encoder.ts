import { EmographError } from '../../errors.ts'
import { half, type RgbImage, type Side, type VideoFrame } from '../media/video-frame.ts'
import { loadDescriptorProjection } from './descriptor-projection.ts'
import { createFaceEncoder, type FaceEncoder } from './face-encoder.ts'
import { type FaceRecogniser, frameFeatures } from './frame-features.ts'
import { createFrameLook, type FrameLook, type FrameLooker } from './frame-look.ts'
import { createLookUtterance, type VisualEncoding } from './look-utterance.ts'
import { visualColumns } from './pooling.ts'

export type { FaceRecogniser } from './frame-features.ts'
export type { MissingVisual, VisualCounts, VisualEncoding } from './look-utterance.ts'

export interface VisualEncoderOptions {
  /** At most so many frames of each second are looked at; default 5: expressions last from half a second to four. */
  readonly framesPerSecond?: number
  /** Utterances with fewer frames that show a face have no visual modality; default 1. */
  readonly minimumFrames?: number
  /**
   * False: the descriptor model, half of the work, is left out, and the columns of the appearance are not available (NaN).
   * For a model that does not take them.
   */
  readonly appearance?: boolean
  /** A trained recogniser, whose probabilities become features as well. */
  readonly recogniser?: FaceRecogniser
  /** A face encoder to share; without it one is created, and disposed of with the visual encoder. */
  readonly faces?: FaceEncoder
}

export interface VisualUtterance {
  /**
   * The next frame, in the order of time. Resolves when it has been looked at; whoever does not wait may push on, the frames
   * queue up. Its data must not change until then. Rejects with `EMO_IMAGE_FORMAT` where data and size do not fit; where
   * the models fail, `end` rejects. A frame that `see` has made may be pushed to any number of utterances.
   */
  push(frame: VideoFrame | FrameLook): Promise<void>
  /** The utterance's features, or why it has none, when all frames have been looked at. It takes no more frames. */
  end(): Promise<VisualEncoding>
}

export interface VisualEncoder {
  readonly name: string
  readonly size: number
  /** What each feature is. */
  readonly columns: readonly string[]
  /** A new utterance; any number may be open at once. `side`: only this half of the pictures pushed is looked at. */
  start(options?: { readonly side?: Side }): VisualUtterance
  /** A frame of a stream, looked at when it is first asked for and then never again. */
  see(timeMs: number, decode: () => Promise<RgbImage>): FrameLook
  /** A whole utterance at once: the same result as frame by frame. */
  encode(
    frames: AsyncIterable<VideoFrame | FrameLook> | Iterable<VideoFrame | FrameLook>,
    options?: { readonly side?: Side },
  ): Promise<VisualEncoding>
  dispose(): Promise<void>
}

/**
 * Visual features of an utterance: what the participant's face does and looks like, pooled over its frames (visualColumns).
 * Frames are looked at as they come, so at the end of the utterance only the last is left to do. Several faces: the largest
 * steady one is followed (createFaceTracker), and the features are of the face that was largest for longest.
 *
 * @example
 * const encoder = await createVisualEncoder()
 * const result = await encoder.encode(decodeVideo('clip.mp4').frames)
 * console.log('features' in result ? result.features.length : result.reason)
 */
export async function createVisualEncoder(options: VisualEncoderOptions = {}): Promise<VisualEncoder> {
  const { framesPerSecond = 5, minimumFrames = 1, appearance = true, recogniser } = options
  const classes = recogniser?.classes ?? []
  const columns = visualColumns(classes)
  const faces = options.faces ?? (await createFaceEncoder({ descriptor: appearance }))
  const project = await loadDescriptorProjection()

  const looker: FrameLooker = {
    detect: (image) => faces.detect(image),
    describe: (image, face) => frameFeatures(image, face, { faces, project, recogniser }),
  }
  const see = (timeMs: number, decode: () => Promise<RgbImage>): FrameLook => createFrameLook(timeMs, decode, looker)

  function start({ side }: { readonly side?: Side } = {}): VisualUtterance {
    const utterance = createLookUtterance({ framesPerSecond, minimumFrames, classes: classes.length })
    const lookOf = (frame: VideoFrame): FrameLook => {
      checkFrame(frame)
      return see(frame.timeMs, async () => (side ? half(frame, side) : frame))
    }
    return { push: async (frame) => utterance.push('data' in frame ? lookOf(frame) : frame), end: utterance.end }
  }

  return {
    name: recogniser ? `faces-v1+${recogniser.name}` : 'faces-v1',
    size: columns.length,
    columns,
    start,
    see,
    async encode(video, sides) {
      const utterance = start(sides)
      for await (const frame of video) await utterance.push(frame)
      return utterance.end()
    },
    dispose: async () => {
      if (!options.faces) await faces.dispose()
    },
  }
}

function checkFrame({ data, width, height }: VideoFrame): void {
  if (width > 0 && height > 0 && data.length === width * height * 3) return
  const expected = `${width} x ${height} pixels of 3 bytes`
  throw new EmographError('EMO_IMAGE_FORMAT', { expected, got: `${data.length} bytes` })
}
