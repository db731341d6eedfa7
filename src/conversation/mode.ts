import { z } from 'zod'

/**
 * `live`: causal, an utterance uses only itself and the past, its label is final when it is given.
 * `offline`: bidirectional, an utterance may use what was said later, labels are revised.
 */
export const MODES = ['live', 'offline'] as const
export const modeSchema = z.enum(MODES)
export type Mode = z.infer<typeof modeSchema>
