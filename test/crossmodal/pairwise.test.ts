import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { MODALITIES, type Modality, type PerModality } from '../../src/conversation/modality.ts'
import { attentionMask, attentionReach } from '../../src/crossmodal/attention-mask.ts'
import { pairwise, pairwiseParameters } from '../../src/crossmodal/pairwise.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { randomTensor, randomWeights } from './support.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

const OPTIONS = { crossmodalHeads: 2, crossmodalLayers: 1, selfAttentionHeads: 2, selfAttentionLayers: 1 }

function fuse(modalities: readonly Modality[], x: PerModality<tf.Tensor3D>, present: PerModality<number[]>) {
  const options = { ...OPTIONS, modalities }
  const { weights } = randomWeights(pairwiseParameters(4, options), 1)
  const length = x[modalities[0]!]!.shape[1]
  const reach = attentionReach(length, 'offline', length)
  const masks = Object.fromEntries(modalities.map((m) => [m, attentionMask(tf.tensor2d([present[m]!]), reach)]))
  const seen: string[] = []
  const fused = pairwise(x, masks, weights, { ...options, trace: (name) => seen.push(name) })
  return { fused, seen }
}

describe('pairwise', () => {
  it('has a transformer for each ordered pair and a memory for each modality', () => {
    const x = Object.fromEntries(MODALITIES.map((m, i) => [m, randomTensor([1, 3, 4], i)]))
    const all = { text: [1, 1, 1], audio: [1, 1, 1], visual: [1, 1, 1] }
    const three = fuse(MODALITIES, x, all)
    expect(three.seen).toHaveLength(9)
    expect(new Set(three.seen).size).toBe(9)
    expect(three.fused.text!.shape).toEqual([1, 3, 8])
    const two = fuse(['text', 'visual'], x, all)
    expect(two.seen).toEqual(['text.visual', 'memory.text', 'visual.text', 'memory.visual'])
    expect(two.fused.visual!.shape).toEqual([1, 3, 4])
    expect(pairwiseParameters(4, { ...OPTIONS, modalities: ['text'] })).toEqual([])
  })

  it('is blind to the state of a modality where it is missing', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(), (there, seed) => {
        const text = randomTensor([1, 4, 4], seed)
        const flags = there.map(Number)
        const audio = randomTensor([1, 4, 4], seed + 1)
        const noise = randomTensor([1, 4, 4], seed + 2).mul<tf.Tensor3D>(
          tf.tensor3d(
            flags.map((f) => 1 - f),
            [1, 4, 1],
          ),
        )
        const present = { text: [1, 1, 1, 1], audio: flags }
        const a = fuse(['text', 'audio'], { text, audio }, present).fused
        const b = fuse(['text', 'audio'], { text, audio: audio.add(noise) }, present).fused
        expect(b.text!.dataSync()).toEqual(a.text!.dataSync())
        const visible = (y: tf.Tensor) => Array.from(y.mul(tf.tensor3d(flags, [1, 4, 1])).dataSync(), (v) => v + 0) // no -0
        expect(visible(b.audio!)).toEqual(visible(a.audio!))
        expect(a.text!.isNaN().any().dataSync()[0]).toBe(0)
      }),
      { numRuns: 30 },
    )
  })
})
