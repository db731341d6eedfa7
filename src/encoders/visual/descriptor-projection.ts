import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmographError } from '../../errors.ts'
import { decodeFloat32 } from '../../float32.ts'
import { packagePath } from '../../package.ts'
import { DESCRIPTOR_SIZE } from './face-descriptor.ts'

/** Numbers of the descriptor that an utterance keeps. */
export const PROJECTION_SIZE = 32
export const PROJECTION_FILE = 'projection.f32'

/** Descriptor [1024] in, appearance [32] out. */
export type DescriptorProjection = (descriptor: Float32Array) => Float32Array

/**
 * y = W (x - m) from a mean m [1024] and components W [32 * 1024], one row each: the principal components of the descriptors
 * of many faces (Pearson 1901), so that 32 numbers keep as much of the 1024 as 32 can.
 */
export function projectionOf(mean: Float32Array, components: Float32Array): DescriptorProjection {
  return (descriptor) =>
    Float32Array.from({ length: components.length / mean.length }, (_, row) => {
      let sum = 0
      for (let k = 0; k < mean.length; k += 1) {
        sum += components[row * mean.length + k]! * (descriptor[k]! - mean[k]!)
      }
      return sum
    })
}

/**
 * The projection of models/face-appearance (its README says how it was fitted), or of another folder: mean, then
 * components, little-endian float32 [(1 + 32) * 1024]. Errors `EMO_ENCODER_UNAVAILABLE`.
 */
export async function loadDescriptorProjection(
  folder: string = packagePath('models/face-appearance'),
): Promise<DescriptorProjection> {
  const file = join(folder, PROJECTION_FILE)
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', { file, expected: 'a projection', got: 'none', cause })
  })
  const expected = (1 + PROJECTION_SIZE) * DESCRIPTOR_SIZE * 4
  if (bytes.length !== expected) {
    const [wanted, got] = [`${expected} bytes`, `${bytes.length}`]
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', { file, expected: wanted, got })
  }
  const values = decodeFloat32(bytes)
  return projectionOf(values.subarray(0, DESCRIPTOR_SIZE), values.subarray(DESCRIPTOR_SIZE))
}
