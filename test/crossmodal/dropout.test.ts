import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { createDropout, noDropout } from '../../src/crossmodal/dropout.ts'

describe('createDropout', () => {
  it('keeps a share of 1 - rate, scaled so that the mean stays', () => {
    const dropped = createDropout(1)(tf.ones([100, 200]), 0.3).dataSync<'float32'>()
    const kept = dropped.filter((value) => value !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]))
    expect(kept.length / dropped.length).toBeCloseTo(0.7, 2)
  })

  it('draws anew at each call, the same for the same seed, unlike for a neighbouring one', () => {
    const run = (seed: number, calls: number) => {
      const dropout = createDropout(seed)
      return Array.from({ length: calls }, () =>
        dropout(tf.ones([200]), 0.5)
          .dataSync<'float32'>()
          .join(),
      )
    }
    expect(run(1, 2)).toEqual(run(1, 2))
    expect(run(1, 2)[0]).not.toBe(run(1, 2)[1])
    const agree = createDropout(1)(tf.ones([4000]), 0.5).equal(createDropout(2)(tf.ones([4000]), 0.5))
    expect(agree.mean().dataSync()[0]).toBeCloseTo(0.5, 1)
  })

  it('is nothing at rate 0 and outside training', () => {
    const x = tf.ones([3])
    expect(createDropout(1)(x, 0)).toBe(x)
    expect(noDropout(x, 0.5)).toBe(x)
  })

  it('passes the gradient where it passed the value', () => {
    const x = tf.ones([50])
    const y = createDropout(3)(x, 0.5).dataSync()
    expect(
      tf
        .grad((input) => createDropout(3)(input, 0.5))(x)
        .dataSync(),
    ).toEqual(y)
  })
})
