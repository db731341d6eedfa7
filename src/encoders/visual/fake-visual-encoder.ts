import type { RgbImage, VideoFrame } from '../media/video-frame.ts'
import type { DetectedFace } from './face-detector.ts'
import { createFrameLook, type FrameLook, type FrameLooker } from './frame-look.ts'
import { wholePicture } from './geometry.ts'
import type { VisualEncoder, VisualEncoding, VisualUtterance } from './visual-encoder.ts'

/**
 * A test double: no models, every frame is looked at and shows a face unless it is black, and the features are the mean
 * brightness (0 to 1) of the frames plus the number of the column. Batch and stream agree, as with the real encoder.
 */
export function createFakeVisualEncoder(options: { readonly size?: number } = {}): VisualEncoder {
  const { size = 4 } = options

  function start(): VisualUtterance {
    let [frames, withFace, brightness] = [0, 0, 0]
    let queue: Promise<void> = Promise.resolve()
    return {
      async push(frame) {
        frames += 1
        const given = 'data' in frame ? see(frame.timeMs, async () => frame) : frame
        queue = queue.then(async () => {
          const [seen] = await given.faces()
          if (seen === undefined) return
          withFace += 1
          brightness += seen.face.score
        })
        await queue.catch(() => undefined)
      },
      async end(): Promise<VisualEncoding> {
        await queue
        const counts = { frames, taken: frames, dropped: 0, withFace }
        if (frames === 0) return { missing: 'no-video', reason: 'no picture came', counts }
        if (withFace === 0) return { missing: 'no-face', reason: `no face in ${frames} pictures`, counts }
        return { features: Float32Array.from({ length: size }, (_, k) => k + brightness / withFace), counts }
      },
    }
  }

  return {
    name: `fake-visual-encoder:${size}`,
    size,
    columns: Array.from({ length: size }, (_, k) => `fake_${k}`),
    start,
    see,
    async encode(video: AsyncIterable<VideoFrame | FrameLook> | Iterable<VideoFrame | FrameLook>) {
      const utterance = start()
      for await (const frame of video) await utterance.push(frame)
      return utterance.end()
    },
    dispose: async () => {},
  }
}

const see = (timeMs: number, decode: () => Promise<RgbImage>): FrameLook => createFrameLook(timeMs, decode, BRIGHTNESS)

/** The whole picture is the face, its certainty the mean brightness. */
const BRIGHTNESS: FrameLooker = {
  async detect(image) {
    const score = image.data.reduce((sum, value) => sum + value, 0) / (255 * Math.max(1, image.data.length))
    const eyes = wholePicture(image).centre
    const face: DetectedFace = {
      score,
      box: { x: 0, y: 0, width: image.width, height: image.height },
      leftEye: eyes,
      rightEye: eyes,
    }
    return score > 0 ? [face] : []
  },
  async describe() {
    const none = new Float32Array(0)
    return { expressions: none, measures: none, appearance: none, recognised: none }
  },
}
