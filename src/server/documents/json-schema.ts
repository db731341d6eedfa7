import { z } from 'zod'

export type JsonSchema = Record<string, unknown>

/**
 * The JSON Schema of what a zod schema takes (`input`, where fields with defaults may be left away) or gives.
 *
 * Bounds that only say that JavaScript counts exactly up to 2^53 are left away: they tell a reader nothing.
 */
export function jsonSchemaOf(
  schema: z.ZodType,
  target: 'draft-7' | 'draft-2020-12',
  io: 'input' | 'output',
): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target,
    io,
    override({ jsonSchema }) {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      // A newer server may say more than this document knows; what it takes is not closed either.
      delete jsonSchema.additionalProperties
    },
  })
  return json
}
