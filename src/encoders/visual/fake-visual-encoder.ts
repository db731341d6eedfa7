import type { VideoFrame } from '../media/video-frame.ts'
import type { VisualEncoder, VisualEncoding, VisualUtterance } from './visual-encoder.ts'

/**
 * A test double: no models, every frame is looked at and shows a face unless it is black, and the features are the mean
 * brightness (0 to 1) of the frames plus the number of the column. Batch and stream agree, as with the real encoder.
 */
export function createFakeVisualEncoder(options: { readonly size?: number } = {}): VisualEncoder {
  const { size = 4 } = options
  function start(): VisualUtterance {
    let [frames, withFace, brightness] = [0, 0, 0]
    return {
      async push({ data }) {
        frames += 1
        const mean = data.reduce((sum, value) => sum + value, 0) / (255 * Math.max(1, data.length))
        if (mean > 0) withFace += 1
        brightness += mean
      },
      async end(): Promise<VisualEncoding> {
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
    async encode(video: AsyncIterable<VideoFrame> | Iterable<VideoFrame>) {
      const utterance = start()
      for await (const frame of video) await utterance.push(frame)
      return utterance.end()
    },
    dispose: async () => {},
  }
}
