import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { EmographError } from '../../errors.ts'
import { SAFE_INPUT } from './containers.ts'
import type { FrameSampler } from './frame-sampler.ts'
import type { VideoCounts } from './library-video.ts'
import { createPpmParser } from './ppm-parser.ts'
import type { VideoFrame } from './video-frame.ts'

/** Square pixels and no side longer than `maxSide`, in the language of FFmpeg's filters; as `outputSize`. */
function filters(maxSide: number): string {
  const scale = `min(1\\,${maxSide}/max(iw*sar\\,ih))`
  return `showinfo,scale=w=max(1\\,round(iw*sar*${scale})):h=max(1\\,round(ih*${scale})):flags=bilinear,setsar=1`
}

/**
 * The best video stream of a file by the ffmpeg program: pictures as PPM on its standard output, their times from the
 * lines that its filter `showinfo` writes to its standard error. Only single local files of known containers are opened
 * (containers.ts). The program is a child of this process, gets the path as
 * an argument of its own (no shell) with the `file:` protocol, and ends when the reader stops. Errors
 * `EMO_DECODER_UNAVAILABLE` where it is not installed, `EMO_VIDEO_FORMAT` where it cannot decode the file.
 */
export async function* programVideo(
  file: string,
  options: { readonly sampler: FrameSampler; readonly maxSide: number },
  counts: VideoCounts,
  program = 'ffmpeg',
): AsyncGenerator<VideoFrame> {
  const input = ['-nostdin', '-hide_banner', '-nostats', '-v', 'info', '-threads', '1']
  const safe = Object.entries(SAFE_INPUT).flatMap(([name, value]) => [`-${name}`, value])
  const source = [...safe, '-i', `file:${file}`, '-an', '-map', 'v:0']
  const output = ['-vf', filters(options.maxSide), '-vsync', '0', '-f', 'image2pipe', '-c:v', 'ppm', 'pipe:1']
  const child = spawn(program, [...input, ...source, ...output], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => resolve(code ?? 1))
  })
  const times = frameTimes(child.stderr)
  const parser = createPpmParser()
  let first: number | undefined
  try {
    for await (const bytes of child.stdout) {
      for (const picture of parser.push(bytes as Uint8Array)) {
        const stamp = await times.of(counts.frames)
        if (stamp === undefined) break
        first ??= stamp
        const timeMs = Math.max(0, Math.round(stamp - first))
        counts.frames += 1
        counts.lastMs = Math.max(counts.lastMs, timeMs)
        if (options.sampler.take(timeMs)) yield { ...picture, timeMs }
      }
    }
    const result = await exit
    if (result instanceof Error) {
      const got = 'no node-av and no ffmpeg program'
      throw new EmographError('EMO_DECODER_UNAVAILABLE', { file, cause: result, got })
    }
    if (result !== 0 && counts.frames === 0) {
      const expected = 'a file whose video can be decoded'
      throw new EmographError('EMO_VIDEO_FORMAT', { file, expected, got: 'one that cannot' })
    }
  } finally {
    if (child.exitCode === null) child.kill()
  }
}

/** Times in ms of the frames that `showinfo` reports, by number; undefined beyond the last. */
function frameTimes(lines: Readable): { of(frame: number): Promise<number | undefined> } {
  const times: number[] = []
  let ended = false
  let wake = (): void => {}
  const reader = createInterface({ input: lines })
  reader.on('line', (line) => {
    const match = /showinfo.*\bpts_time:\s*(-?[\d.]+)/.exec(line)
    if (match) times.push(Number(match[1]) * 1000)
    wake()
  })
  reader.on('close', () => {
    ended = true
    wake()
  })
  return {
    async of(frame) {
      while (frame >= times.length && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return times[frame]
    },
  }
}
