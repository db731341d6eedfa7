import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFrameSampler } from '../../../src/encoders/media/frame-sampler.ts'
import type { VideoCounts } from '../../../src/encoders/media/library-video.ts'
import { programVideo } from '../../../src/encoders/media/program-video.ts'
import type { RgbImage } from '../../../src/encoders/media/video-frame.ts'
import { collect } from '../../support/collect.ts'
import { expectError } from '../../support/errors.ts'
import { picture } from '../../support/pictures.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emograph-program-video-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ppm = ({ data, width, height }: RgbImage): Buffer =>
  Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data])
const pictures = [0, 1, 2, 3].map((k) => picture(9, 5, (x, y) => [10 * x, 10 * y, k]))
const showinfo = (k: number): string =>
  `[Parsed_showinfo_0 @ 0x55d0] n:${k} pts:${k * 512} pts_time:${1.4 + k * 0.1} duration: 512 fmt:yuv420p sar:1/1 s:9x5`

/** A stand-in for ffmpeg: writes `lines` to standard error, late, and `output` to standard output, and exits with `code`. */
function standIn(name: string, output: Buffer, lines: readonly string[], code: number) {
  const [data, log, seen, program] = ['ppm', 'log', 'args', 'sh'].map((kind) => join(folder, `${name}.${kind}`))
  writeFileSync(data!, output)
  writeFileSync(log!, lines.map((line) => `${line}\n`).join(''))
  const script = `printf '%s\\n' "$@" > '${seen}'\ncat '${data}'\nsleep 0.1\ncat '${log}' >&2\nexit ${code}\n`
  writeFileSync(program!, `#!/bin/sh\n${script}`)
  chmodSync(program!, 0o755)
  return { program: program!, seen: seen! }
}
const counts = (): VideoCounts => ({ frames: 0, lastMs: 0, declaredMs: 0, damagedPackets: 0, truncated: false })
const options = (rate: number) => ({ sampler: createFrameSampler(rate), maxSide: 640 })

test('reads pictures and their times, from the first on, and takes those of the rate', async () => {
  const { program, seen } = standIn(
    'good',
    Buffer.concat(pictures.map(ppm)),
    pictures.map((_, k) => showinfo(k)),
    0,
  )
  const found = counts()
  const frames = await collect(programVideo('/some/file.mp4', options(5), found, program))
  expect(frames.map(({ timeMs }) => timeMs)).toEqual([0, 200])
  expect(frames[1]).toMatchObject({ width: 9, height: 5, data: pictures[2]!.data })
  expect(found).toMatchObject({ frames: 4, lastMs: 300 })
  const given = readFileSync(seen, 'utf8').split('\n')
  expect(given[given.indexOf('-i') + 1]).toBe('file:/some/file.mp4')
  expect(given[given.indexOf('-protocol_whitelist') + 1]).toBe('file')
})

test('gives what came before the program failed', async () => {
  const output = Buffer.concat(pictures.map(ppm))
  const { program } = standIn('half', output.subarray(0, output.length * 0.6), [0, 1].map(showinfo), 1)
  expect(await collect(programVideo('/some/file.mp4', options(100), counts(), program))).toHaveLength(2)
})

test('a file that the program cannot decode, and no program at all, are coded errors', async () => {
  const { program } = standIn('bad', Buffer.alloc(0), ['Invalid data found'], 1)
  const run = (name: string) => () => collect(programVideo('/some/file.mp4', options(5), counts(), name))
  await expectError(run(program), 'EMO_VIDEO_FORMAT')
  await expectError(run(join(folder, 'absent')), 'EMO_DECODER_UNAVAILABLE')
})
