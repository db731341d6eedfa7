import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createProgress, formatDuration } from '../../src/training/progress.ts'

it('writes one plain line an epoch where there is no terminal, with the time that is left', () => {
  const out = new PassThrough()
  const options = { epochs: 2, stepsPerEpoch: 3, done: 3, label: 'seed 1' }
  const progress = createProgress(options, out as unknown as NodeJS.WriteStream)
  for (let step = 4; step <= 6; step++) progress.step({ epoch: 2, step, loss: 1 })
  progress.epoch('epoch 2/2')
  progress.stop()
  expect(String(out.read())).toBe('epoch 2/2  left 0 s\n')
})

it.each([
  [400, '0 s'],
  [59_400, '59 s'],
  [65_000, '1 min 05 s'],
  [3_600_000 * 2 + 60_000 * 7, '2 h 07 min'],
  [-5, '0 s'],
])('%d ms is %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words)
})
