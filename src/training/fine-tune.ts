import { isDeepStrictEqual } from 'node:util'
import { initialValues } from '../crossmodal/parameters.ts'
import { EmographError } from '../errors.ts'
import { loadCheckpoint } from '../model/checkpoint.ts'
import { corectParameters } from '../model/corect-parameters.ts'
import { type FineTune, isLearned } from './fine-tune-config.ts'
import type { TrainingData } from './training-data.ts'

/**
 * Where fine-tuning begins: the checkpoint's weights, and for those that it does not have the beginnings of the seed.
 *
 * @throws EMO_SHAPE_MISMATCH when a weight that is not learned is not the checkpoint's; EMO_CONFIG_INVALID when its features
 *   are scaled otherwise than those of the data, which its weights would not fit; what `loadCheckpoint` throws
 */
export async function startingWeights(
  { model, normalisation }: Pick<TrainingData, 'model' | 'normalisation'>,
  { from, learn }: FineTune,
  seed: number,
): Promise<Map<string, Float32Array>> {
  const folder = from.replaceAll('{seed}', String(seed))
  const known = await loadCheckpoint(folder)
  for (const modality of known.model.modalities) {
    if (isDeepStrictEqual(known.normalisation[modality], normalisation[modality])) continue
    const expected = `a checkpoint of these data: its ${modality} is scaled otherwise`
    throw new EmographError('EMO_CONFIG_INVALID', { file: folder, field: 'fineTune.from', expected })
  }
  return new Map(
    corectParameters(model).map((parameter) => {
      const size = parameter.shape.reduce((product, length) => product * length, 1)
      const values = known.weights.get(parameter.name)
      if (values?.length === size) return [parameter.name, values]
      if (isLearned(parameter.name, learn)) return [parameter.name, initialValues(parameter, seed)]
      const got = values === undefined ? 'no such tensor' : `${values.length}`
      const expected = `${size} numbers, or to be learned (fineTune.learn)`
      throw new EmographError('EMO_SHAPE_MISMATCH', { file: folder, field: parameter.name, expected, got })
    }),
  )
}
