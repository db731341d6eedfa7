import { z } from 'zod'

/** Bytes as libsql gives them: a row by itself has a `Buffer`, each of many an `ArrayBuffer`. */
export const blobSchema = z.union([
  z.instanceof(Uint8Array),
  z.instanceof(ArrayBuffer).transform((buffer) => new Uint8Array(buffer)),
])
