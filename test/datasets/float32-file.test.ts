import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openFloat32File } from '../../src/datasets/float32-file.ts'
import { encodeFloat32 } from '../../src/float32.ts'
import { expectError } from '../support/errors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-f32-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('gives any rows in any order, across its blocks', async () => {
  const rows = 700
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 3, 500, 100_000),
      fc.array(fc.nat(rows - 1), { maxLength: 20 }),
      async (columns, wanted) => {
        const path = join(folder, `${columns}.f32`)
        const own = columns > 1000 ? 5 : rows
        await writeFile(path, encodeFloat32(Float32Array.from({ length: own * columns }, (_, i) => i)))
        const file = await openFloat32File(path, columns)
        expect(file.rows).toBe(own)
        for (const row of wanted.map((r) => r % own)) {
          const values = await file.readRow(row, {})
          expect([values.length, values[0], values.at(-1)]).toEqual([columns, row * columns, (row + 1) * columns - 1])
        }
        await file.close()
      },
    ),
    { numRuns: 12 },
  )
})

it('answers two requests at once, each with its own row', async () => {
  const path = join(folder, 'wide.f32')
  await writeFile(path, encodeFloat32(Float32Array.from({ length: 3 * 100_000 }, (_, i) => Math.floor(i / 100_000))))
  const file = await openFloat32File(path, 100_000)
  const rows = await Promise.all([2, 0, 1, 2].map((row) => file.readRow(row, {})))
  expect(rows.map((row) => [row.length, row[7]])).toEqual([2, 0, 1, 2].map((row) => [100_000, row]))
  await file.close()
})

it('refuses a file that is cut off, and a row that there is not', async () => {
  const path = join(folder, 'cut.f32')
  await writeFile(path, Buffer.alloc(22))
  await expectError(() => openFloat32File(path, 3), 'EMO_FEATURE_SIZE', '22 bytes')
  await writeFile(path, Buffer.alloc(24))
  const file = await openFloat32File(path, 3)
  await expectError(() => file.readRow(2, { line: 4 }), 'EMO_FEATURE_SIZE', 'line 4', 'row 2')
  await file.close()
})
