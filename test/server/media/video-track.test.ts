import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeImage } from '../../../src/encoders/media/image.ts'
import { createFakeVisualEncoder } from '../../../src/encoders/visual/fake-visual-encoder.ts'
import { mediaLimitsSchema } from '../../../src/server/media/limits.ts'
import { createLookQueue } from '../../../src/server/media/look-queue.ts'
import { type PictureEncoder, pictureEncoderOf } from '../../../src/server/media/media-encoders.ts'
import { createVideoTrack } from '../../../src/server/media/video-track.ts'
import { greyJpeg } from './frames.ts'

const fake = createFakeVisualEncoder()
const encoder = pictureEncoderOf(fake)
const jpegs: Uint8Array[] = []
beforeAll(async () => {
  for (let k = 0; k < 8; k += 1) jpegs.push(await greyJpeg(30 * k))
})
const jpegAt = (timeMs: number): Uint8Array => jpegs[Math.floor(timeMs / 7) % jpegs.length]!

function openTrack(changes: object = {}, encoding: PictureEncoder = encoder) {
  const dropped: [string, number][] = []
  const faults: unknown[] = []
  const track = createVideoTrack({
    limits: mediaLimitsSchema.parse(changes),
    encoder: encoding,
    queue: createLookQueue(),
    onDropped: (reason, timeMs) => dropped.push([reason, timeMs]),
    onAdvance: () => undefined,
    onFault: (cause) => faults.push(cause),
  })
  return { track, dropped, faults }
}

async function batch(times: readonly number[]) {
  const frames = await Promise.all(times.map(async (timeMs) => ({ ...(await decodeImage(jpegAt(timeMs))), timeMs })))
  return fake.encode(frames)
}

describe('createVideoTrack', () => {
  test('an utterance is made of the pictures of its time, in order, whenever they and it were told', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ step: fc.integer({ min: 130, max: 400 }), delay: fc.nat(290) }), { maxLength: 25 }),
        fc.nat(3_000),
        fc.nat(3_000),
        fc.option(fc.nat(25), { nil: undefined }),
        fc.array(fc.nat(24), { maxLength: 4 }),
        async (steps, startMs, lengthMs, begin, again) => {
          const times = steps.map((_, k) => steps.slice(0, k + 1).reduce((sum, { step }) => sum + step, 0))
          const order = times.map((_, k) => k).sort((a, b) => times[a]! + steps[a]!.delay - times[b]! - steps[b]!.delay)
          const { track, dropped, faults } = openTrack()
          for (const [n, k] of order.entries()) {
            if (begin === n) track.begin('u', startMs)
            track.push(times[k]!, jpegAt(times[k]!))
          }
          const repeated = again.filter((k) => k < times.length)
          for (const k of repeated) track.push(times[k]!, jpegAt(times[k]!))
          const endMs = startMs + lengthMs
          const own = times.filter((timeMs) => timeMs >= startMs && timeMs < endMs)
          expect(await track.encode(startMs, endMs)).toEqual(await batch(own))
          // Seen once, they are of any other utterance as well.
          expect(await track.encode(0, 60_000)).toEqual(await batch(times))
          expect(await track.snapshot(0, 60_000)).toEqual(await batch(times))
          expect(dropped.map(([reason]) => reason)).toEqual(repeated.map(() => 'duplicate'))
          expect(faults).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('what is late, too near, damaged or too much is left out, and what counts is counted', async () => {
    const { track, dropped } = openTrack()
    expect([0, 50, 200, 400, 1_000].map((timeMs) => track.push(timeMs, jpegAt(timeMs)))).toEqual([
      true,
      false,
      true,
      true,
      true,
    ])
    track.push(600, jpegAt(600))
    track.push(1_200, jpegs[1]!.slice(0, 100))
    expect(await track.encode(0, 2_000)).toEqual(await batch([0, 200, 400, 1_000]))
    expect(dropped).toEqual([
      ['late', 600],
      ['invalid', 1_200],
    ])
    track.setFramesPerSecond(0)
    track.push(1_400, jpegAt(1_400))
    expect(dropped.at(-1)).toEqual(['overload', 1_400])
    track.setFramesPerSecond(1)
    expect([1_500, 1_900, 2_300].map((timeMs) => track.push(timeMs, jpegAt(timeMs)))).toEqual([true, true, false])
  })

  test('only pictures of open utterances are looked at, where beginnings are told', async () => {
    const looked: number[] = []
    const watching = {
      ...encoder,
      see: (...picture: Parameters<PictureEncoder['see']>) => {
        const [timeMs] = picture
        const frame = encoder.see(...picture)
        return {
          ...frame,
          look: () => {
            looked.push(timeMs)
            return frame.look()
          },
        }
      },
    }
    const { track } = openTrack({}, watching)
    track.lookAhead(false)
    for (const timeMs of [0, 200, 400]) track.push(timeMs, jpegAt(timeMs))
    expect(looked).toEqual([])
    track.begin('u', 150)
    track.push(600, jpegAt(600))
    expect(await track.encode(150, 700)).toEqual(await batch([200, 400, 600]))
    expect(looked).toEqual([200, 400, 600])
    track.discard('u')
    track.push(800, jpegAt(800))
    expect(looked).toEqual([200, 400, 600])
  })

  test('memory is bounded: an utterance whose pictures were given up says so, one that is open keeps what was seen', async () => {
    const { track } = openTrack({ keepMs: 2_000 })
    track.lookAhead(false)
    for (let timeMs = 0; timeMs < 4_000; timeMs += 200) track.push(timeMs, jpegAt(timeMs))
    expect(await track.encode(0, 4_000)).toMatchObject({ missing: 'lost' })
    track.begin('u', 3_000)
    for (let timeMs = 4_000; timeMs < 9_000; timeMs += 200) {
      track.push(timeMs, jpegAt(timeMs))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const own = Array.from({ length: 30 }, (_, k) => 3_000 + 200 * k)
    expect(await track.encode(3_000, 9_000)).toEqual(await batch(own))

    const { track: heavy, dropped } = openTrack({ pictureBytes: 3 * jpegs[1]!.length })
    heavy.lookAhead(false)
    for (let timeMs = 0; timeMs < 2_000; timeMs += 200) heavy.push(timeMs, jpegAt(timeMs))
    expect(await heavy.encode(0, 2_000)).toMatchObject({ missing: 'lost' })
    expect(dropped).toEqual([])
  })

  test('pictures that are not looked at in time are left out and counted', async () => {
    const slow = {
      ...encoder,
      see: (...picture: Parameters<PictureEncoder['see']>) => {
        const [timeMs] = picture
        const frame = encoder.see(...picture)
        return timeMs < 400 ? frame : { ...frame, look: () => new Promise<void>(() => undefined) }
      },
    }
    const { track, dropped } = openTrack({ lookMs: 100 }, slow)
    for (const timeMs of [0, 200, 400, 600]) track.push(timeMs, jpegAt(timeMs))
    expect(await track.encode(0, 1_000)).toEqual(await batch([0, 200]))
    expect(dropped).toEqual([
      ['overload', 400],
      ['overload', 600],
    ])
    track.push(800, jpegAt(800))
    expect(await track.encode(700, 1_000)).toMatchObject({ missing: 'overload' })
  })

  test('models that cannot be had are a fault, told once, and a missing modality', async () => {
    const broken = {
      ...encoder,
      see: (timeMs: number) => ({
        timeMs,
        faces: () => Promise.reject(new Error('no weights')),
        look: () => Promise.reject(new Error('no weights')),
      }),
    }
    const { track, faults } = openTrack({}, broken)
    for (const timeMs of [0, 200, 400]) track.push(timeMs, jpegAt(timeMs))
    expect(await track.encode(0, 1_000)).toMatchObject({ missing: 'unavailable' })
    expect(faults).toEqual([new Error('no weights')])
  })
})
