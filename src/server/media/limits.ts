import { z } from 'zod'

/** What one session's media may hold and how long it is waited for; every default with its reason. */
export const mediaLimitsSchema = z.strictObject({
  /** Pictures of one participant that are looked at in a second: expressions last from half a second to four. */
  framesPerSecond: z.number().positive().max(30).default(5),
  /** A frame that comes so long after its beginning, by what came before it, is still put in order: networks shuffle less. */
  reorderMs: z.int().nonnegative().default(300),
  /** Frames that follow each other within this are one sound: stamps that are rounded, or taken when a frame is sent. */
  joinMs: z.int().nonnegative().default(10),
  /** Media further than this beyond what is known of the conversation's time is a wrong clock, not a pause. */
  aheadMs: z.int().positive().default(600_000),
  /** Sound and pictures that are kept for utterances that are told late; beyond the longest utterance of 30 s. */
  keepMs: z.int().positive().default(40_000),
  /** Bytes of pictures of one participant that wait to be looked at: 40 s at 5 a second and 40 KB. */
  pictureBytes: z
    .int()
    .positive()
    .default(8 * 1024 * 1024),
  /** How long an utterance waits at its end for media that is due. */
  graceMs: z.int().nonnegative().default(100),
  /** After a restart: how long an utterance waits for media that its client sends again. A client keeps 30 s of it. */
  resendMs: z.int().nonnegative().default(10_000),
  /** How long it waits for its pictures to be looked at, so that its label comes in time with those that came. */
  lookMs: z.int().nonnegative().default(900),
  /** The server's own cutting: a longer utterance is cut at a pause; its words are written within a second then. */
  longestUtteranceMs: z.int().positive().default(15_000),
  /** After so long without sound from a client that is connected its microphone is off: what was being said is whole. */
  quietMs: z.int().positive().default(1_500),
  /** How long a label waits for the speech recogniser; without its words the label is made of sound and pictures. */
  speechMs: z.int().nonnegative().default(1_100),
  /** Length of one audio frame. */
  audioFrameMs: z.int().positive().default(10_000),
  /** Larger pictures are reduced to this longer side: a face of a sixth of it still fills the models' squares. */
  pictureSide: z.int().positive().default(1_280),
  /** Pixels of one picture, so that a small file cannot unfold to gigabytes. */
  picturePixels: z.int().positive().default(8_000_000),
})
export type MediaLimits = z.infer<typeof mediaLimitsSchema>
