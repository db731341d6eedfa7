import { z } from 'zod'
import { parseWith } from '../datasets/validation.ts'

/** A payload by its schema. @throws EMO_MESSAGE_INVALID, naming the field of the payload */
export const parsePayload = <T>(schema: z.ZodType<T>, payload: unknown): T =>
  parseWith(schema, payload, { field: 'payload' }, 'EMO_MESSAGE_INVALID')

const DAY_SECONDS = 24 * 3600

/** A time in seconds from the start of a stream, as whole ms. */
export const secondsSchema = z
  .number()
  .min(0)
  .max(100 * DAY_SECONDS)
  .transform((seconds) => Math.round(seconds * 1000))

/** A time in ms from the start of a stream, as whole ms. */
export const millisecondsSchema = z
  .number()
  .min(0)
  .max(100 * DAY_SECONDS * 1000)
  .transform(Math.round)
