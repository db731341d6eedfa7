import { z } from 'zod'
import { parseConfig } from '../config-file.ts'
import { limitsSchema } from './limits.ts'
import { paceConfigSchema } from './pace.ts'
import { qualityConfigSchema } from './quality.ts'
import { DURABILITIES, IN_MEMORY } from './store/database.ts'

/**
 * An origin as browsers write it, which is how it is compared: anything else would never fit, and nobody would know why.
 * The scheme may be an extension's; a page's origin is never `ws:`.
 */
const originSchema = z
  .string()
  .regex(
    /^(?!wss?:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*A-Z]+$/,
    'an origin as browsers send it, without a path or a slash at its end, such as https://example.org:8443',
  )

/** How the server runs; every default with its reason. */
export const serverConfigSchema = z.strictObject({
  /** The loopback interface: without access tokens whoever reaches the port may use it. */
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port. */
  port: z.int().min(0).max(65_535).default(8765),
  /** Pages beyond the server's own that may connect, as browsers write them: `https://example.org`. */
  allowedOrigins: z.array(originSchema).default([]),
  /** SHA-256 of the access tokens that are let in, in hex (src/server/auth.ts). None: everybody is. */
  tokenHashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)).default([]),
  /**
   * How many proxies of one's own stand before the server and write `X-Forwarded-For`. 0: a client that writes it is not
   * believed.
   */
  trustProxy: z.int().min(0).max(10).default(0),
  /**
   * Ms after its last message when a conversation is deleted: 30 days, long enough to come back to a meeting. `null` keeps
   * it until it is deleted by hand, for which somebody should have a reason.
   */
  retentionMs: z
    .int()
    .positive()
    .nullable()
    .default(30 * 24 * 3_600_000),
  /** Ms within which a connection has to begin or resume a session. A person is not waited for: programs send at once. */
  setupMs: z.int().positive().default(30_000),
  /** Ms for the head of an HTTP request or upgrade, which is one packet of an honest client. */
  headersMs: z.int().positive().default(10_000),
  /** Ms for a whole request: 32 MiB in it need 2.2 Mbit/s. */
  requestMs: z.int().positive().default(120_000),
  /**
   * The folder of the file in which the sessions are kept (`sessions.sqlite`); `:memory:` keeps them until the server
   * ends, an hour at most, which is what a program that embeds a server expects. `emograph serve` has a folder by default.
   */
  dataDir: z.string().min(1).default(IN_MEMORY),
  /**
   * `normal`: a message is answered once the operating system has it, so that nothing is lost when the server is killed.
   * `full`: once the disk has it, for machines that lose power; each message then costs an fsync.
   */
  durability: z.enum(DURABILITIES).default('normal'),
  /** Ms that a session without a connection stays in memory. Resumed later, it is made again from the store, which costs. */
  resumeMs: z.int().nonnegative().default(120_000),
  /** Ms between pings; a peer that has not answered by the next is gone. Below the 60 s at which proxies cut. */
  heartbeatMs: z.int().positive().default(20_000),
  /** Ms that a shutdown waits for accepted utterances before it cuts. Within the 10 s that containers are given. */
  drainMs: z.int().positive().default(8_000),
  /** Ms between two labels of an utterance that one participant is still speaking. */
  interimMs: z.int().positive().default(1_000),
  /**
   * Ms after an utterance has become whole for which its label waits for its media; it is given without them then, unless
   * there is nothing else to label. Waiting for sound or pictures that are still to come is shorter; this is for a machine
   * that does not keep up. A label is due after 2 s.
   */
  mediaDeadlineMs: z.int().positive().default(1_800),
  /** When the server does less so that labels come in time. */
  quality: qualityConfigSchema.prefault({}),
  /** How fast media may come. */
  pace: paceConfigSchema.prefault({}),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  limits: limitsSchema.prefault({}),
})
export type ServerConfig = z.infer<typeof serverConfigSchema>

/** @throws EMO_CONFIG_INVALID naming the field */
export function parseServerConfig(input: z.input<typeof serverConfigSchema>): ServerConfig {
  return parseConfig(serverConfigSchema, input)
}
