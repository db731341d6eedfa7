import { spawn } from 'node:child_process'
import { EmographError } from '../../errors.ts'
import type { AudioBlock } from './audio-block.ts'
import { SAFE_INPUT } from './containers.ts'
import { createWavParser } from './wav-parser.ts'

/**
 * The best audio stream of a file by the ffmpeg program, which writes it as float WAV of unknown length to its standard
 * output. Only single local files of known containers are opened (containers.ts). The program is a child of this process, gets the path as an argument of its own (no shell) with the `file:`
 * protocol, reads no standard input, and ends when the reader stops. Errors `EMO_DECODER_UNAVAILABLE` where it is not
 * installed, `EMO_AUDIO_FORMAT` where it cannot decode the file.
 */
export async function* programAudio(file: string, program = 'ffmpeg'): AsyncGenerator<AudioBlock> {
  const safe = Object.entries(SAFE_INPUT).flatMap(([name, value]) => [`-${name}`, value])
  const options = ['-nostdin', '-v', 'error', '-threads', '1', ...safe]
  const child = spawn(
    program,
    [...options, '-i', `file:${file}`, '-vn', '-map', 'a:0', '-f', 'wav', '-c:a', 'pcm_f32le', 'pipe:1'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const exit = new Promise<number | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => resolve(code ?? 1))
  })
  let sounded = false
  try {
    const parser = createWavParser(file)
    for await (const bytes of child.stdout) {
      for (const block of parser.push(bytes as Uint8Array)) {
        sounded = true
        yield block
      }
    }
    const result = await exit
    if (result instanceof Error) {
      throw new EmographError('EMO_DECODER_UNAVAILABLE', {
        file,
        cause: result,
        got: 'no node-av and no ffmpeg program',
      })
    }
    if (result !== 0 && !sounded) {
      throw new EmographError('EMO_AUDIO_FORMAT', {
        file,
        expected: 'a file whose audio can be decoded',
        got: 'one that cannot',
      })
    }
  } finally {
    if (child.exitCode === null) child.kill()
  }
}
