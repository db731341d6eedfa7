import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseEncoderName } from './encoder-name.ts'
import { type CachedTextEncoder, cachedTextEncoder } from './encoding-cache.ts'
import { createTextEncoder } from './text-encoder.ts'

/**
 * The text encoder of a name, through a cache on disk, for work on whole data sets. The name is a model's
 * (`all-MiniLM-L6-v2`, a folder, a name of the hub, which is then fetched) or that which an encoder bears and a checkpoint
 * records (`all-MiniLM-L6-v2:q8`, `BAAI/bge-small-en-v1.5:q8:cls`).
 *
 * @param cacheFolder as private as the data: see `cachedTextEncoder`
 * @throws EMO_ENCODER_UNAVAILABLE
 */
export async function openTextEncoder(name: string, cacheFolder: string): Promise<CachedTextEncoder> {
  return cachedTextEncoder(await createTextEncoder({ ...parseEncoderName(name), allowNetwork: true }), cacheFolder)
}

/** Where computed text features are kept. */
export function textCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'emograph', 'text')
}
