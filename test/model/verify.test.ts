import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parsePublishedFixture, readPublishedFixture } from '../../src/model/published-fixture.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../src/model/safetensors.ts'
import { verifyParity } from '../../src/model/verify.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/reference_at_n14.safetensors')

/** The fixture with tensors and metadata changed. */
function changed(
  change: (tensors: Map<string, StoredTensor>, metadata: Record<string, string>) => void,
): ReturnType<typeof parsePublishedFixture> {
  const { tensors, metadata } = readSafetensors(readFileSync(FIXTURE), FIXTURE)
  const [copy, data] = [new Map(tensors), { ...metadata }]
  change(copy, data)
  return parsePublishedFixture(writeSafetensors(copy, data), 'changed')
}

/** One number of a tensor moved. */
function moved(tensors: Map<string, StoredTensor>, name: string, by: number): void {
  const tensor = tensors.get(name)!
  const data = tensor.data.slice()
  data[data.length - 1]! += by
  tensors.set(name, { ...tensor, data })
}

const failed = (fixture: ReturnType<typeof parsePublishedFixture>): string[] =>
  verifyParity(fixture)
    .comparisons.filter(({ passed }) => !passed)
    .map(({ group }) => group)

describe('verifyParity', () => {
  for (const backend of ['cpu', 'wasm'] as const) {
    it(`passes for the published code's run on ${backend}`, async () => {
      await useBackend(backend)
      const report = verifyParity(await readPublishedFixture(FIXTURE))
      expect(report.comparisons.filter(({ passed }) => !passed)).toEqual([])
      expect(report.comparisons).toHaveLength(26)
      expect(report.passed).toBe(true)
    })
  }

  describe('on a run with one number changed', () => {
    beforeAll(async () => {
      await useBackend('wasm')
    })

    it('sees each, and nothing else', () => {
      const changes: [string, number, string][] = [
        ['graph/edge_index', 1, 'edges and relations'],
        ['expect/graph_model.gnn.conv1', 2e-4, 'output graph.rgcn'],
        ['expect/crossmodal.layers.mem_t', 2e-4, 'output crossmodal.memory.audio'],
        ['expect/log_prob', 2e-4, 'log-probabilities'],
        ['grad/crossmodal.layers.ta.layers.0.self_attn.in_proj_weight', 2e-4, 'gradients crossmodal audio.text'],
        ['train/losses', 2e-3, 'losses of 3 Adam steps'],
        ['train/log_prob_after', 2e-3, 'log-probabilities after them'],
      ]
      const all = changed((tensors) => {
        for (const [name, by] of changes) moved(tensors, name, by)
      })
      expect(failed(all)).toEqual(changes.map(([, , group]) => group))
      expect(failed(changed((tensors) => moved(tensors, 'graph/edge_type', 1)))).toEqual(['edges and relations'])
    })

    it('sees a changed input and window', () => {
      const other = changed((tensors, metadata) => {
        moved(tensors, 'input/audio', 1)
        metadata.config = metadata.config!.replace('"wp": 2', '"wp": 3')
      })
      expect(failed(other)).toEqual(expect.arrayContaining(['edges and relations', 'output unimodal.audio']))
    })
  })

  it('refuses a file that lacks something, or has what it does not compare', async () => {
    const without = (name: string) => () => verifyParity(changed((tensors) => tensors.delete(name)))
    await expectError(without('weight/clf.lin1.bias'), 'EMO_SHAPE_MISMATCH', 'clf.lin1.bias')
    await expectError(without('expect/representation'), 'EMO_FILE_FORMAT', 'expect/representation')
    await expectError(without('grad/clf.lin1.bias'), 'EMO_SHAPE_MISMATCH', 'clf.lin1.bias')
    await expectError(without('input/speaker'), 'EMO_FILE_FORMAT', 'input/speaker')
    const more = (name: string) => () =>
      verifyParity(changed((tensors) => tensors.set(name, tensors.get('expect/log_prob')!)))
    await expectError(more('expect/other'), 'EMO_FILE_FORMAT', 'expect/other')
    await expectError(more('grad/other'), 'EMO_FILE_FORMAT', 'grad/other')
    await expectError(() => changed((_, data) => delete data.config), 'EMO_FILE_FORMAT', 'metadata config')
    await expectError(() => readPublishedFixture('/no/such.safetensors'), 'EMO_FILE_MISSING', '/no/such.safetensors')
  })
})

describeWithShared('fixtures', 'verifyParity on every fixture that there is', () => {
  const folder = join(SHARED, 'fixtures')
  const files = (() => {
    try {
      return readdirSync(folder).filter((file) => file.endsWith('.safetensors'))
    } catch {
      return []
    }
  })()
  for (const file of files) {
    it(file, async () => {
      await useBackend('wasm')
      const { comparisons } = verifyParity(await readPublishedFixture(join(folder, file)))
      expect(comparisons.filter(({ passed }) => !passed)).toEqual([])
    })
  }
})
