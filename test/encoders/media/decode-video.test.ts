import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import { explainVideoReport } from '../../../src/encoders/media/video-report.ts'
import { EmographError } from '../../../src/errors.ts'
import { collect } from '../../support/collect.ts'
import { encodeMedia } from '../../support/encode-media.ts'
import { encodeVideo, VIDEO_CONTAINERS, type VideoContainer } from '../../support/encode-video.ts'
import { expectError } from '../../support/errors.ts'
import { picture, pixel } from '../../support/pictures.ts'
import { sine } from '../../support/sounds.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emograph-video-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** 25 frames: left half red, right half blue, a green bar that moves down 4 pixels a frame. */
const SIZE = { width: 96, height: 128 }
const FRAMES = Array.from({ length: 25 }, (_, k) =>
  picture(SIZE.width, SIZE.height, (x, y) => {
    if (y >= 4 * k && y < 4 * k + 24) return [0, 200, 0]
    return x < SIZE.width / 2 ? [200, 0, 0] : [0, 0, 200]
  }),
)
const near = (found: number[], wanted: number[]): void => {
  expect(Math.max(...found.map((value, k) => Math.abs(value - wanted[k]!)))).toBeLessThan(40)
}

/** All ways to turn by quarters and to mirror. */
const ORIENTATIONS: ReadonlyArray<readonly [number, number, number, number]> = [1, -1].flatMap((x) =>
  [1, -1].flatMap((y) => [[x, 0, 0, y] as const, [0, x, y, 0] as const]),
)
const hasProgram = spawnSync('ffmpeg', ['-version']).status === 0

const there = (await loadMediaLibrary()) !== undefined
describe.skipIf(!there)(there ? 'video by the library' : 'video by the library [skipped: no node-av]', () => {
  test.each(Object.keys(VIDEO_CONTAINERS) as VideoContainer[])(
    '%s: every frame with its time and colours',
    async (container) => {
      const file = join(folder, `whole.${container}`)
      await encodeVideo(file, container, FRAMES, { framesPerSecond: 25 })
      const { frames, report } = decodeVideo(file)
      const decoded = await collect(frames)
      expect(decoded.map(({ timeMs }) => timeMs)).toEqual(FRAMES.map((_, k) => 40 * k))
      for (const [k, frame] of decoded.entries()) {
        expect(frame).toMatchObject(SIZE)
        expect(frame.data.length).toBe(SIZE.width * SIZE.height * 3)
        near(pixel(frame, 20, 4 * k + 12), [0, 200, 0])
        near(pixel(frame, 20, (4 * k + 70) % 128), k < 15 ? [200, 0, 0] : pixel(FRAMES[k]!, 20, (4 * k + 70) % 128))
      }
      expect(report()).toMatchObject({ decoder: 'library', decodedFrames: 25, droppedFrames: 0, damagedPackets: 0 })
      expect(explainVideoReport(report())).toEqual([])
    },
  )

  test('takes at most the given number a second and counts what it leaves out', async () => {
    const file = join(folder, 'sampled.mp4')
    await encodeVideo(file, 'mp4', FRAMES, { framesPerSecond: 25 })
    const { frames, report } = decodeVideo(file, { framesPerSecond: 5 })
    expect((await collect(frames)).map(({ timeMs }) => timeMs)).toEqual([0, 200, 400, 600, 800])
    expect(report()).toMatchObject({ decodedFrames: 25, droppedFrames: 20 })
  })

  test('gives square pixels, a limited size and one half of the picture', async () => {
    const file = join(folder, 'wide.mp4')
    await encodeVideo(file, 'mp4', FRAMES.slice(0, 3), { framesPerSecond: 25, aspect: [2, 1] })
    const [wide] = await collect(decodeVideo(file).frames)
    expect(wide).toMatchObject({ width: 192, height: 128 })
    near(pixel(wide!, 60, 100), [200, 0, 0])
    const [small] = await collect(decodeVideo(file, { maxSide: 51 }).frames)
    expect(small).toMatchObject({ width: 51, height: 34 })
    near(pixel(small!, 15, 28), [200, 0, 0])
    const [right] = await collect(decodeVideo(file, { side: 'right' }).frames)
    expect(right).toMatchObject({ width: 96, height: 128 })
    near(pixel(right!, 4, 100), [0, 0, 200])
  })

  test.each(ORIENTATIONS)('a recording that players show turned by (%i %i %i %i) is turned', async (...orientation) => {
    const file = join(folder, `turned${orientation.join('')}.mp4`)
    // Each quarter of the picture in a colour of its own.
    const quarters = picture(96, 64, (x, y) => [x < 48 ? 200 : 0, y < 32 ? 200 : 0, 0])
    await encodeVideo(file, 'mp4', [quarters, quarters], { framesPerSecond: 25, orientation })
    const [a, b, c, d] = orientation
    const [frame] = await collect(decodeVideo(file).frames)
    expect(frame).toMatchObject(a === 0 ? { width: 64, height: 96 } : { width: 96, height: 64 })
    for (const [x, y] of [
      [20, 12],
      [76, 12],
      [20, 52],
      [76, 52],
    ] as const) {
      // About the middle, where the translation of the matrix does not matter.
      const [fromX, fromY] = [x - 48, y - 32]
      const toX = Math.round(frame!.width / 2 + a * fromX + c * fromY)
      const toY = Math.round(frame!.height / 2 + b * fromX + d * fromY)
      near(pixel(frame!, toX, toY), pixel(quarters, x, y))
    }
    if (!hasProgram) return
    const [same] = await collect(decodeVideo(file, { decoder: 'program' }).frames)
    expect(same).toMatchObject({ width: frame!.width, height: frame!.height })
    near([...same!.data], [...frame!.data])
  })

  test.skipIf(!hasProgram)(
    `the ffmpeg program gives the same frames${hasProgram ? '' : ' [skipped: not installed]'}`,
    async () => {
      const file = join(folder, 'both.mp4')
      await encodeVideo(file, 'mp4', FRAMES, { framesPerSecond: 25, aspect: [4, 3] })
      const options = { framesPerSecond: 10, maxSide: 120 }
      const ours = await collect(decodeVideo(file, { ...options, decoder: 'library' }).frames)
      const theirs = await collect(decodeVideo(file, { ...options, decoder: 'program' }).frames)
      expect(theirs.map(({ timeMs, width, height }) => ({ timeMs, width, height }))).toEqual(
        ours.map(({ timeMs, width, height }) => ({ timeMs, width, height })),
      )
      for (const [k, frame] of theirs.entries()) near([...frame.data], [...ours[k]!.data])
    },
  )

  test('a file that is cut off gives what it holds, and the report says so', async () => {
    const file = join(folder, 'cut.webm')
    const noise = Array.from({ length: 50 }, (_, k) =>
      picture(96, 128, (x, y) => [(x * 7 + y * k) % 256, (x * y + 31 * k) % 256, (x * x + y * 13 * k) % 256]),
    )
    await encodeVideo(file, 'webm', noise, { framesPerSecond: 25 })
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, bytes.length * 0.6))
    const { frames, report } = decodeVideo(file)
    const decoded = await collect(frames)
    expect(decoded.length).toBeGreaterThan(10)
    expect(decoded.length).toBeLessThan(45)
    expect(report().missingMs).toBeGreaterThan(200)
    expect(explainVideoReport(report()).join()).toMatch(/declares could not be decoded/)
  })

  test('a file with sound only, and one cut within its header, are coded errors', async () => {
    const sound = join(folder, 'sound.mp4')
    await encodeMedia(sound, 'mp4', sine(440, 0.5, 0.5, 22_050))
    await expectError(() => collect(decodeVideo(sound).frames), 'EMO_VIDEO_EMPTY', 'video stream')
    const cut = join(folder, 'cut.mp4')
    await encodeVideo(cut, 'mp4', FRAMES, { framesPerSecond: 25 })
    writeFileSync(cut, readFileSync(cut).subarray(0, 400))
    await expectError(() => collect(decodeVideo(cut).frames), 'EMO_VIDEO_FORMAT')
  })

  test.each(['mp4', 'webm'] as const)(
    '%s: whatever is damaged or cut off, frames or a coded error',
    async (container) => {
      const file = join(folder, `damaged.${container}`)
      await encodeVideo(file, container, FRAMES.slice(0, 8), { framesPerSecond: 25 })
      const bytes = readFileSync(file)
      const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(damage, fc.option(fc.integer({ min: 1, max: bytes.length })), async (changes, length) => {
          const damaged = Buffer.from(bytes)
          for (const [at, value] of changes) damaged[at] = value
          writeFileSync(file, damaged.subarray(0, length ?? bytes.length))
          const { frames, report } = decodeVideo(file, { framesPerSecond: 10 })
          const found = await collect(frames).catch((error: unknown) => error)
          if (!Array.isArray(found)) {
            expect(found).toBeInstanceOf(EmographError)
            return
          }
          for (const { data, width, height } of found) expect(data.length).toBe(width * height * 3)
          for (const value of Object.values(report())) expect(value).not.toBeNaN()
        }),
        { numRuns: 25 },
      )
    },
  )

  test('who stops reading early leaves nothing open', async () => {
    const file = join(folder, 'early.mp4')
    await encodeVideo(file, 'mp4', FRAMES, { framesPerSecond: 25 })
    for await (const frame of decodeVideo(file).frames) {
      expect(frame.timeMs).toBe(0)
      break
    }
    rmSync(file)
  })
})

test('a missing, an empty and a text file are coded errors', async () => {
  await expectError(() => collect(decodeVideo(join(folder, 'none.mp4')).frames), 'EMO_FILE_MISSING')
  const empty = join(folder, 'empty.mp4')
  writeFileSync(empty, '')
  await expectError(() => collect(decodeVideo(empty).frames), 'EMO_VIDEO_EMPTY')
  const text = join(folder, 'text.mp4')
  writeFileSync(text, 'no video at all\n'.repeat(50))
  await expectError(() => collect(decodeVideo(text).frames), there ? 'EMO_VIDEO_FORMAT' : 'EMO_DECODER_UNAVAILABLE')
})
