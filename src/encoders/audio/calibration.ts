import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EmographError } from '../../errors.ts'
import { FUNCTIONAL_COLUMNS } from './functionals.ts'

const COLUMNS = FUNCTIONAL_COLUMNS.length

const calibrationSchema = z.object({
  columns: z
    .array(z.string())
    .refine((names) => names.join() === FUNCTIONAL_COLUMNS.join(), 'other columns than the encoder has'),
  slope: z.array(z.number()).length(COLUMNS),
  intercept: z.array(z.number()).length(COLUMNS),
})

/** A straight line a column, from our features to published ones: published = slope * ours + intercept. */
export type Calibration = z.infer<typeof calibrationSchema>

const SHIPPED = join(import.meta.dirname, '../../../models/egemaps-iemocap/calibration.json')

/**
 * The shipped calibration to the published IEMOCAP columns (models/egemaps-iemocap), or another file of its form. It lets
 * our features drive a model that was trained on the published ones. Errors `EMO_FILE_MISSING`, `EMO_FILE_FORMAT`.
 */
export function loadCalibration(file: string = SHIPPED): Calibration {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new EmographError('EMO_FILE_MISSING', { file, expected: 'a calibration', got: 'none', cause })
  }
  try {
    return calibrationSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new EmographError('EMO_FILE_FORMAT', { file, expected: `slope and intercept of ${COLUMNS} columns`, cause })
  }
}

/** The features [47] on the published scale. */
export function calibrate(features: Float32Array, { slope, intercept }: Calibration): Float32Array {
  return features.map((value, k) => slope[k]! * value + intercept[k]!)
}
