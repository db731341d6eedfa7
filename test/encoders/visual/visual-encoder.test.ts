import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { VideoFrame } from '../../../src/encoders/media/video-frame.ts'
import { createVisualEncoder, type VisualEncoding } from '../../../src/encoders/visual/visual-encoder.ts'
import { expectError } from '../../support/errors.ts'
import { createFakeFaceEncoder } from '../../support/faces.ts'

/** A face of a frame for the fake models: centre, side, what it shows (0: not a face after all). */
type Face = readonly [x: number, y: number, side: number, shows: number]

function frame(timeMs: number, faces: readonly Face[]): VideoFrame {
  const data = new Uint8Array(24 * 4 * 3)
  data.set(faces.flat())
  return { data, width: 24, height: 4, timeMs }
}

const faces = createFakeFaceEncoder()
const encoder = await createVisualEncoder({ faces, framesPerSecond: 5 })
afterAll(() => encoder.dispose())
const column = (result: VisualEncoding, name: string): number =>
  'features' in result ? result.features[encoder.columns.indexOf(name)]! : Number.NaN

const video = fc
  .array(
    fc.record({
      step: fc.integer({ min: 10, max: 400 }),
      faces: fc.array(
        fc.tuple(fc.constantFrom(50, 60, 150), fc.constant(60), fc.constantFrom(20, 30, 50), fc.nat(255)),
        {
          maxLength: 3,
        },
      ),
    }),
    { maxLength: 25 },
  )
  .map((steps) => {
    let timeMs = 3000
    return steps.map((step) => {
      timeMs += step.step
      return frame(timeMs, step.faces)
    })
  })

test('a stream without waiting, a stream with waiting and the whole at once give the same', async () => {
  await fc.assert(
    fc.asyncProperty(video, async (frames) => {
      const whole = await encoder.encode(frames)
      const eager = encoder.start()
      const pushed = frames.map((one) => eager.push(one))
      expect(await eager.end()).toEqual(whole)
      await Promise.all(pushed)
      const { counts } = whole
      expect(counts.frames).toBe(frames.length)
      expect(counts.taken + counts.dropped).toBe(counts.frames)
      expect(counts.withFace).toBeLessThanOrEqual(counts.taken)
      if ('features' in whole) {
        expect(whole.features.length).toBe(encoder.size)
        expect(whole.features.every((value) => Number.isFinite(value))).toBe(true)
        expect(column(whole, 'face_share')).toBeCloseTo(counts.withFace / counts.taken, 6)
      } else expect(counts.withFace).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('frames that were looked at before the utterance was known give the same, and are described once', async () => {
  await fc.assert(
    fc.asyncProperty(video, fc.nat(25), fc.nat(25), async (frames, from, count) => {
      const decoded: number[] = []
      const looks = frames.map((one, k) =>
        encoder.see(one.timeMs, async () => {
          decoded.push(k)
          return one
        }),
      )
      for (const look of looks) await look.look()
      const before = [faces.described, decoded.length]
      // Two utterances that overlap; faces beside the largest are decoded and described when first asked for.
      const [some, all] = [looks.slice(from, from + count), looks]
      expect(await encoder.encode(some)).toEqual(await encoder.encode(frames.slice(from, from + count)))
      expect(await encoder.encode(all)).toEqual(await encoder.encode(frames))
      const again = [faces.described, decoded.length]
      await encoder.encode(all)
      expect([faces.described, decoded.length]).toEqual(again)
      if (frames.every((one) => one.data[6] === 0)) expect(decoded.length).toBe(before[1])
    }),
    { numRuns: 40 },
  )
})

test('a frame that does not decode fails where it is looked at', async () => {
  const broken = encoder.see(0, () => Promise.reject(new Error('damaged')))
  await expect(broken.look()).rejects.toThrow('damaged')
  const utterance = encoder.start()
  await utterance.push(broken)
  await expect(utterance.end()).rejects.toThrow('damaged')
})

test('utterances open at once do not touch each other', async () => {
  const one = Array.from({ length: 10 }, (_, k) => frame(200 * k, [[60, 60, 30, 10 + k]]))
  const two = Array.from({ length: 10 }, (_, k) => frame(200 * k, [[60, 60, 30, 90 + k]]))
  const [first, second] = [encoder.start(), encoder.start()]
  for (let k = 0; k < 10; k += 1) await Promise.all([first.push(one[k]!), second.push(two[k]!)])
  expect(await first.end()).toEqual(await encoder.encode(one))
  expect(await second.end()).toEqual(await encoder.encode(two))
})

test('frames beyond the rate are not looked at, and counted', async () => {
  const before = faces.described
  const result = await encoder.encode(Array.from({ length: 50 }, (_, k) => frame(40 * k, [[60, 60, 30, 7]])))
  expect(result.counts).toEqual({ frames: 50, taken: 10, dropped: 40, withFace: 10 })
  expect(faces.described - before).toBe(10)
})

test('the features are of the face that is largest for longest', async () => {
  const away: Face = [20, 20, 20, 14] // shows expression 0
  const main: Face = [150, 60, 60, 15] // shows expression 1
  const frames = Array.from({ length: 20 }, (_, k) => frame(200 * k, k < 4 ? [away] : [away, main]))
  const result = await encoder.encode(frames)
  expect(column(result, 'face_mean_disgust')).toBe(1)
  expect(column(result, 'face_mean_angry')).toBe(0)
})

test('nothing to see: the modality is missing and says why', async () => {
  expect(await encoder.encode([])).toMatchObject({ missing: 'no-video', reason: 'no picture came' })
  const empty = await encoder.encode([frame(0, []), frame(200, [])])
  expect(empty).toMatchObject({ missing: 'no-face', counts: { taken: 2, withFace: 0 } })
  expect('reason' in empty && empty.reason).toMatch(/0 of 2 pictures/)
  // Detected, but no face to the landmark model.
  expect(await encoder.encode([frame(0, [[60, 60, 30, 0]])])).toMatchObject({ missing: 'no-face' })
  const strict = await createVisualEncoder({ faces, minimumFrames: 3 })
  expect(await strict.encode([frame(0, [[60, 60, 30, 9]])])).toMatchObject({
    missing: 'no-face',
    counts: { withFace: 1 },
  })
})

test('a picture whose size and data do not fit is a coded error, and the utterance goes on', async () => {
  const utterance = encoder.start()
  await utterance.push(frame(0, [[60, 60, 30, 9]]))
  const wrong = { ...frame(200, []), width: 25 }
  await expectError(() => utterance.push(wrong), 'EMO_IMAGE_FORMAT', '288 bytes')
  await expectError(
    () => utterance.push({ data: new Uint8Array(0), width: 0, height: 0, timeMs: 400 }),
    'EMO_IMAGE_FORMAT',
  )
  expect(await utterance.end()).toMatchObject({ counts: { frames: 1, withFace: 1 } })
})

test('the probabilities of a recogniser become features behind the others', async () => {
  const recogniser = {
    name: 'first-or-not',
    classes: ['first', 'other'],
    probabilities: async ({ expressions }: { expressions: Float32Array }) =>
      Float32Array.of(expressions[0]!, 1 - expressions[0]!),
  }
  const recognising = await createVisualEncoder({ faces, recogniser })
  const frames = [14, 15, 16, 17].map((shows, k) => frame(200 * k, [[60, 60, 30, shows]])) // only 14 shows expression 0
  const [plain, more] = [await encoder.encode(frames), await recognising.encode(frames)]
  if (!('features' in plain && 'features' in more)) throw new Error('missing')
  expect(recognising.name).toBe('faces-v1+first-or-not')
  expect(more.features.length).toBe(recognising.size)
  expect(more.features.subarray(0, encoder.size)).toEqual(plain.features)
  expect(recognising.columns.slice(encoder.size)).toEqual(
    ['mean', 'std'].flatMap((kind) => recogniser.classes.map((name) => `face_${kind}_recognised_${name}`)),
  )
  const [first, other, firstDeviation] = more.features.subarray(encoder.size)
  expect([first, other]).toEqual([0.25, 0.75])
  expect(firstDeviation).toBeCloseTo(Math.sqrt(0.1875), 6)
})

test('a failure of the models is a failure of the utterance, not of the frame, and of no other utterance', async () => {
  let failing = true
  const broken = await createVisualEncoder({
    faces: {
      ...faces,
      detect: async (image) => {
        if (failing) throw new Error('out of memory')
        return faces.detect(image)
      },
    },
  })
  const [first, second] = [broken.start(), broken.start()]
  await first.push(frame(0, [[60, 60, 30, 9]]))
  failing = false
  await first.push(frame(200, [[60, 60, 30, 9]]))
  await second.push(frame(0, [[60, 60, 30, 9]]))
  await expect(first.end()).rejects.toThrow('out of memory')
  expect(await second.end()).toMatchObject({ counts: { withFace: 1 } })
})
