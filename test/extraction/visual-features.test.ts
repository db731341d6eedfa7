import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { VisualEncoder, VisualUtterance } from '../../src/encoders/visual/visual-encoder.ts'
import type { VideoCut } from '../../src/extraction/job.ts'
import { extractVisual } from '../../src/extraction/visual-features.ts'
import { SAMPLE } from './support.ts'

const file = join(SAMPLE, 'Session1/dialog/avi/DivX/Ses01F_impro01.avi')

/** Its features are the times of the frames that it was given, and the side that it was told. */
function timesEncoder(): VisualEncoder {
  const start: VisualEncoder['start'] = ({ side } = {}) => {
    const times: number[] = []
    const push: VisualUtterance['push'] = async (frame) => {
      expect(frame).toMatchObject({ width: 720, height: 480 })
      times.push(frame.timeMs)
    }
    const end = async () => {
      const counts = { frames: times.length, dropped: 0, taken: times.length, withFace: times.length }
      if (times.length === 0) return { missing: 'no-video' as const, reason: '', counts }
      return { features: Float32Array.of(side === undefined ? 0 : side === 'left' ? -1 : 1, ...times), counts }
    }
    return { push, end }
  }
  const encode = async () => Promise.reject(new Error('not asked for'))
  const see = () => {
    throw new Error('not asked for')
  }
  return { name: 'times', size: 0, columns: [], start, see, encode, dispose: async () => {} }
}

const everyFrame = (fromMs: number, toMs: number): number[] =>
  Array.from({ length: 60 }, (_, n) => n * 200).filter((timeMs) => timeMs >= fromMs && timeMs < toMs)

it('each cut gets the frames of its time, on its side, however cuts overlap and in whatever order they come', async () => {
  const cuts: VideoCut[] = [
    { file, side: 'right', fromMs: 1500, toMs: 3000 },
    { file, side: 'left', fromMs: 0, toMs: 1600 },
    { file, fromMs: 2000, toMs: 2400 },
    { file, fromMs: 900_000, toMs: 901_000 },
    { file: join(SAMPLE, 'nothing.avi') },
  ]
  const extracted = await extractVisual(cuts, timesEncoder(), 5)
  expect(extracted).toEqual([
    { features: Float32Array.of(1, ...everyFrame(1500, 3000)) },
    { features: Float32Array.of(-1, ...everyFrame(0, 1600)) },
    { features: Float32Array.of(0, ...everyFrame(2000, 2400)) },
    { reason: 'no picture in its time' },
    { reason: 'the pictures cannot be read: EMO_FILE_MISSING' },
  ])
})
