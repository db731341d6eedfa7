import { createHash } from 'node:crypto'

/** Encodes one text [D]; a text that was encoded just before comes from memory. */
export type CachedTextEncoding = (text: string) => Promise<Float32Array>

/** An open utterance of a few people, and their last ones. */
const CAPACITY = 16

/**
 * One session's texts: an interim label encodes what the final one often repeats word for word. The newest
 * {@link CAPACITY} vectors are kept, by the hash of their text.
 */
export function createTextCache(encode: (text: string) => Promise<Float32Array>): CachedTextEncoding {
  const vectors = new Map<string, Promise<Float32Array>>()
  return (text) => {
    const key = createHash('sha256').update(text).digest('base64')
    const vector = vectors.get(key) ?? encode(text)
    vectors.delete(key)
    vectors.set(key, vector)
    if (vectors.size > CAPACITY) vectors.delete(vectors.keys().next().value!)
    vector.catch(() => vectors.delete(key))
    return vector
  }
}
