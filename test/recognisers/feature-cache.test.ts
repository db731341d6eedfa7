import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openFeatureCache } from '../../src/recognisers/feature-cache.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-cache-'))
})
afterEach(() => rm(folder, { recursive: true }))

const content = (word: string) => Buffer.from(word)
const never = () => Promise.reject(new Error('was made again'))

it('makes each content and form once, in this run and the next', async () => {
  const first = await openFeatureCache(folder, 'x')
  await first.get(content('a'), 'plain', async () => Float32Array.of(1, 2.5))
  await first.get(content('a'), 'varied', async () => Float32Array.of(3))
  await first.get(content('b'), 'plain', async () => undefined)
  expect(await first.get(content('a'), 'plain', never)).toEqual(Float32Array.of(1, 2.5))
  await first.close()

  const second = await openFeatureCache(folder, 'x')
  expect(await second.get(content('a'), 'plain', never)).toEqual(Float32Array.of(1, 2.5))
  expect(await second.get(content('a'), 'varied', never)).toEqual(Float32Array.of(3))
  expect(await second.get(content('b'), 'plain', never)).toBeUndefined()
  expect([second.hits, second.misses]).toEqual([3, 0])
  await second.close()
})

it('what was cut off or changed is made again, what lies before it is kept', async () => {
  const cache = await openFeatureCache(folder, 'x')
  for (const word of ['a', 'b']) await cache.get(content(word), '', async () => Float32Array.of(7, 8))
  await cache.close()
  const path = join(folder, 'x.cache')
  const whole = await readFile(path)
  for (const damage of [whole.subarray(0, -1), Buffer.concat([whole.subarray(0, -1), Buffer.of(99)])]) {
    await writeFile(path, damage)
    const again = await openFeatureCache(folder, 'x')
    expect(await again.get(content('a'), '', never)).toEqual(Float32Array.of(7, 8))
    expect(await again.get(content('b'), '', async () => Float32Array.of(9))).toEqual(Float32Array.of(9))
    await again.close()
    const third = await openFeatureCache(folder, 'x')
    expect(await third.get(content('b'), '', never)).toEqual(Float32Array.of(9))
    await third.close()
  }
})
