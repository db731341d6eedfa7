import type { RgbImage } from './video-frame.ts'

export interface PpmParser {
  /** Bytes of any number in, the pictures that they complete out. */
  push(bytes: Uint8Array): RgbImage[]
}

/** `P6`, width, height, 255, one white space: what FFmpeg writes in front of each picture. */
const HEADER = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/
const LONGEST_HEADER = 32

/** Binary PPM pictures one after the other. A stream that is none gives no pictures. */
export function createPpmParser(): PpmParser {
  let rest: Buffer = Buffer.alloc(0)
  let chunks: Buffer[] = []
  let waiting = 0
  let needed = 1
  return {
    push(bytes) {
      // Joined only when the next picture is whole: joining each chunk to it would copy it over and over.
      chunks.push(Buffer.from(bytes))
      waiting += bytes.length
      if (rest.length + waiting < needed) return []
      rest = Buffer.concat([rest, ...chunks])
      chunks = []
      waiting = 0
      const pictures: RgbImage[] = []
      for (;;) {
        const header = HEADER.exec(rest.toString('latin1', 0, LONGEST_HEADER))
        if (!header) {
          needed = rest.length + 1
          return pictures
        }
        const [width, height] = [Number(header[1]), Number(header[2])]
        const end = header[0].length + width * height * 3
        needed = end
        if (rest.length < end) return pictures
        pictures.push({ data: new Uint8Array(rest.subarray(header[0].length, end)), width, height })
        rest = rest.subarray(end)
      }
    },
  }
}
