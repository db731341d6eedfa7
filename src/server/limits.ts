import { z } from 'zod'
import { mediaLimitsSchema } from './media/limits.ts'

/** What one session, one connection and one server may hold at most; every default with its reason. */
export const limitsSchema = z.strictObject({
  /** Bytes of one message that is answered by an error. Three reference-sized feature vectors as JSON take 30 KB. */
  messageBytes: z
    .int()
    .positive()
    .default(256 * 1024),
  /** Bytes of one message at which ws cuts the connection (1009) without reading on. */
  payloadBytes: z
    .int()
    .positive()
    .default(1024 * 1024),
  /** Final transcripts accepted and not yet labelled: at 25 ms each, 1.6 s of work. */
  pendingUtterances: z.int().positive().default(64),
  /** People in one conversation. The binary frames of the protocol count them in one byte. */
  participants: z.int().positive().max(256).default(64),
  /** Conversations at the same time. Each holds its own caches (a few MB at the reference's size). */
  sessions: z.int().positive().default(100),
  /** Bytes that wait for a client that does not read, before its connection is cut: a long conversation's revisions. */
  unreadBytes: z
    .int()
    .positive()
    .default(16 * 1024 * 1024),
  /** Unread bytes from which on interim labels and other messages of the moment are left away: a second's worth of them. */
  ephemeralBytes: z
    .int()
    .positive()
    .default(64 * 1024),
  /** Bytes of one file of `POST /v1/predict`: half a minute of video, five minutes of WAV at 48 kHz. */
  predictBytes: z
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  /** Bytes of its text. */
  predictTextBytes: z
    .int()
    .positive()
    .default(16 * 1024),
  /** Predictions at the same time: each decodes on its own, and the recognisers share one thread. */
  predictions: z.int().positive().default(4),
  /** TCP connections of all kinds: below the 1,024 open files that many systems allow a process. */
  sockets: z.int().positive().default(900),
  /** Those of one address, which may say nothing at all until `headersMs` are over. */
  socketsPerAddress: z.int().positive().default(200),
  /** Connections of one address at the same time: no single one takes every place, and an office behind one has room. */
  connectionsPerAddress: z.int().positive().default(80),
  /** Its conversations in memory, those that wait for `session.resume` included: all of them may reconnect at once. */
  sessionsPerAddress: z.int().positive().default(160),
  /** Its new connections a minute, a third of them at once: a server that restarts is reconnected to by all at once. */
  connectsPerMinute: z.int().positive().default(600),
  /** Its `POST /v1/predict` a minute, a third of them at once. Each costs the server up to seconds. */
  predictionsPerMinute: z.int().positive().default(60),
  /**
   * Messages of one connection a second, before it is read more slowly: 30 people with audio (10 a second), pictures (5)
   * and transcripts. Two seconds' worth may come at once; so may bytes.
   */
  messagesPerSecond: z.int().positive().default(500),
  /** Bytes of one connection: 20 people with audio (32 kB) and five pictures of 30 kB. */
  bytesPerSecond: z
    .int()
    .positive()
    .default(4 * 1024 * 1024),
  /** Bytes of one address. */
  addressBytesPerSecond: z
    .int()
    .positive()
    .default(16 * 1024 * 1024),
  /** Addresses that are remembered for these limits, the quietest being forgotten: about 1 KB each. */
  addresses: z.int().positive().default(10_000),
  /** Audio and pictures. */
  media: mediaLimitsSchema.prefault({}),
})
export type Limits = z.infer<typeof limitsSchema>
/** Those of `POST /v1/predict`. */
export type PredictLimits = Pick<Limits, 'predictBytes' | 'predictTextBytes' | 'predictions'>
