import { expect, test } from 'vitest'
import { parseEncoderName } from '../../../src/encoders/text/encoder-name.ts'

test.each([
  ['all-MiniLM-L6-v2', { model: 'all-MiniLM-L6-v2', dtype: 'q8', pooling: 'mean', normalise: true }],
  ['all-MiniLM-L6-v2:fp32', { model: 'all-MiniLM-L6-v2', dtype: 'fp32', pooling: 'mean', normalise: true }],
  ['BAAI/bge-small:q8:cls:raw', { model: 'BAAI/bge-small', dtype: 'q8', pooling: 'cls', normalise: false }],
])('%s', (name, options) => {
  expect(parseEncoderName(name)).toEqual(options)
})

test('a precision that there is not is a coded error', () => {
  expect(() => parseEncoderName('model:q3')).toThrow(/EMO_ENCODER_UNAVAILABLE at field text encoder model:q3/)
})
