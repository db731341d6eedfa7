import { z } from 'zod'
import { EmographError } from '../../errors.ts'
import type { TextEncoderOptions } from './text-encoder.ts'

const dtypeSchema = z.enum(['q8', 'fp32', 'fp16', 'int8', 'uint8', 'q4']).default('q8')

/**
 * The options of `createTextEncoder` that give an encoder of this `TextEncoder.name`, as a checkpoint records it:
 * `model:dtype[:cls][:raw]`, or a model alone.
 *
 * @throws EMO_ENCODER_UNAVAILABLE when the precision is none that weights come in
 * @example parseEncoderName('all-MiniLM-L6-v2:q8') // { model: 'all-MiniLM-L6-v2', dtype: 'q8', … }
 */
export function parseEncoderName(name: string): Required<Omit<TextEncoderOptions, 'allowNetwork' | 'cacheDir'>> {
  const [model = '', precision, ...settings] = name.split(':')
  const dtype = dtypeSchema.safeParse(precision)
  if (!dtype.success)
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', {
      field: `text encoder ${name}`,
      expected: dtype.error.issues[0]?.message ?? 'a precision',
    })
  return {
    model,
    dtype: dtype.data,
    pooling: settings.includes('cls') ? 'cls' : 'mean',
    normalise: !settings.includes('raw'),
  }
}
