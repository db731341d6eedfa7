import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadDescriptorProjection, PROJECTION_FILE } from '../../../src/encoders/visual/descriptor-projection.ts'
import { decodeFloat32 } from '../../../src/float32.ts'
import { packagePath } from '../../../src/package.ts'
import { expectError } from '../../support/errors.ts'

const values = decodeFloat32(readFileSync(packagePath(`models/face-appearance/${PROJECTION_FILE}`)))
const mean = values.subarray(0, 1024)

test('the shipped components are orthonormal, and each becomes one number', async () => {
  const project = await loadDescriptorProjection()
  expect(project(mean.slice()).every((value) => value === 0)).toBe(true)
  for (const row of [0, 13, 31]) {
    const component = values.subarray(1024 * (row + 1), 1024 * (row + 2))
    const appearance = project(mean.map((value, k) => value + 2 * component[k]!))
    for (const [k, value] of appearance.entries()) expect(value).toBeCloseTo(k === row ? 2 : 0, 4)
  }
})

test('a file of another size is a coded error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emograph-projection-'))
  writeFileSync(join(folder, PROJECTION_FILE), Buffer.alloc(100))
  await expectError(() => loadDescriptorProjection(folder), 'EMO_ENCODER_UNAVAILABLE', '100')
  rmSync(folder, { recursive: true })
})
