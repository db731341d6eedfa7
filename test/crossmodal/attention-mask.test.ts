import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { attentionMask, attentionReach } from '../../src/crossmodal/attention-mask.ts'

describe('attentionReach', () => {
  it('is causal when live, and as far forward as back when offline', () => {
    expect(attentionReach(4, 'live', 2).arraySync()).toEqual([
      [1, 0, 0, 0],
      [1, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 1, 1],
    ])
    expect(attentionReach(4, 'offline', 2).arraySync()).toEqual([
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [0, 1, 1, 1],
      [0, 0, 1, 1],
    ])
    expect(attentionReach(2, 'offline', 9).arraySync()).toEqual([
      [1, 1],
      [1, 1],
    ])
  })
})

describe('attentionMask', () => {
  it('bars missing keys and marks queries that see none', () => {
    const mask = attentionMask(tf.tensor2d([[0, 1, 1]]), attentionReach(3, 'live', 3))
    expect(mask.sighted.dataSync()).toEqual(new Float32Array([0, 1, 1]))
    expect(Array.from(mask.bias.dataSync(), (value) => value === 0)).toEqual([
      ...[false, false, false],
      ...[false, true, false],
      ...[false, true, true],
    ])
  })
})
