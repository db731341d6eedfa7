import { z } from 'zod'
import type { TranscriptAdapter } from './imported-transcript.ts'
import { parsePayload } from './payload.ts'

const TRANSCRIPT = 17
const EVENT = 6
const FIRST_TIMESTAMP = 1

/** About how long a word takes: for messages without the time at which it was begun to speak. */
const WORD_MS = 400

/** A Unix time in ms; some services write µs, which no date of ms reaches. */
const unixTimeSchema = z
  .number()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .transform((time) => Math.round(time > 1e14 ? time / 1000 : time))

const kindSchema = z.object({ msg_type: z.int() })

const firstTimestampSchema = z.object({
  event: z.object({ event_type: z.literal(FIRST_TIMESTAMP), timestamp: unixTimeSchema }),
})

const transcriptSchema = z.object({
  content: z
    .object({
      user_id: z.union([z.int(), z.string()]).optional(),
      user_name: z.string().optional(),
      /** Of Contact Center, in place of the user. */
      channel_id: z.string().optional(),
      start_time: unixTimeSchema.optional(),
      end_time: unixTimeSchema.optional(),
      timestamp: unixTimeSchema,
      data: z.string(),
    })
    .refine(({ user_id, channel_id }) => (user_id ?? channel_id) !== undefined, { path: ['user_id'], error: 'an id' }),
})
type Content = z.infer<typeof transcriptSchema>['content']

/**
 * Transcript messages of Zoom's Realtime Media Streams (https://developers.zoom.us/docs/rtms/event-reference/):
 * `msg_type` 17, each one utterance, whole. The speaker is `user_id`, called `user_name`.
 *
 * Their times are Unix times. The conversation begins at the first timestamp of the signaling connection (`msg_type` 6,
 * `event_type` 1) when that message is given too, otherwise at the first transcript.
 */
export function createZoomRtmsAdapter(): TranscriptAdapter {
  let origin: number | undefined
  return {
    take(payload) {
      const { msg_type } = parsePayload(kindSchema, payload)
      if (msg_type === EVENT) {
        const first = firstTimestampSchema.safeParse(payload)
        if (first.success) origin ??= first.data.event.timestamp
        return []
      }
      if (msg_type !== TRANSCRIPT) return []
      const { content } = parsePayload(transcriptSchema, payload)
      const text = content.data.trim()
      if (text === '') return []
      const { start, end } = spanOf(content, text)
      origin ??= start
      const startMs = Math.max(0, start - origin)
      return [
        {
          speaker: String(content.user_id ?? content.channel_id),
          ...(content.user_name !== undefined && { speakerName: content.user_name }),
          text,
          startMs,
          endMs: Math.max(startMs, end - origin),
          final: true,
        },
      ]
    },
  }
}

function spanOf({ start_time: start, end_time, timestamp }: Content, text: string): { start: number; end: number } {
  const end = end_time ?? timestamp
  if (start !== undefined) return { start, end: Math.max(start, end) }
  return { start: Math.max(0, end - text.split(/\s+/).length * WORD_MS), end }
}
