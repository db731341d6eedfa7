import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MODALITIES } from '../../src/conversation/modality.ts'
import { publishedRelationKey, relationCount, relationIndex, relationTypes } from '../../src/graph/relations.ts'

test('fifteen relations for three modalities, eight for two, three for one; the closed form is their list', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...MODALITIES], { minLength: 1 }),
      fc.boolean(),
      (modalities, speakerRelations) => {
        const relations = relationTypes(modalities, { speakerRelations })
        const published = { 1: 3, 2: 8, 3: 15 }[modalities.length]!
        expect(relations.length).toBe(published + (speakerRelations ? 2 * modalities.length : 0))
        expect(relations.length).toBe(relationCount(modalities.length, { speakerRelations }))
        expect(relations.slice(0, published)).toEqual(relationTypes(modalities))
        for (const { kind, source, target, index } of relations) {
          const slots = [modalities.indexOf(source), modalities.indexOf(target)] as const
          expect(relationIndex(kind, ...slots, modalities.length)).toBe(index)
        }
        expect(new Set(relations.map((r) => r.name)).size).toBe(relations.length)
        const keys = relationTypes(modalities).map((r) => publishedRelationKey(r, modalities))
        expect(new Set(keys).size).toBe(published)
      },
    ),
  )
})

test('keys are those of the published weights', () => {
  const keys = (modalities: ('text' | 'audio' | 'visual')[]) =>
    relationTypes(modalities).map((relation) => publishedRelationKey(relation, modalities))
  expect(keys(['text', 'audio'])).toEqual(['-100', '-111', '100', '111', '000', '011', '001', '010'])
  expect(keys(['visual'])).toEqual(['-100', '100', '000'])
  expect(keys([...MODALITIES]).slice(9)).toEqual(['001', '002', '010', '012', '020', '021'])
})
