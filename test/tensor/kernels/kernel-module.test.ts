import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KERNELS_URL } from '../../../src/tensor/kernels/kernel-module.ts'

const DATA_SECTION = 11

/** The ids of a module's sections (WebAssembly core specification, 5.5.2). */
function sections(bytes: Uint8Array): number[] {
  const ids: number[] = []
  let at = 8
  while (at < bytes.length) {
    ids.push(bytes[at++]!)
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      size |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    at += size
  }
  return ids
}

test("the module writes nothing to the heap when it is loaded: the heap's beginning is tfjs's", () => {
  const bytes = readFileSync(KERNELS_URL)
  expect(sections(bytes)).not.toContain(DATA_SECTION)
  expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ])
})
