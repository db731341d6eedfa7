import { z } from 'zod'
import { parseConfig } from '../config-file.ts'
import { limitsSchema } from './limits.ts'

/** How the server runs; every default with its reason. */
export const serverConfigSchema = z.strictObject({
  /** The loopback interface: this version knows no tokens, so whoever reaches the port may use it. */
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port. */
  port: z.int().min(0).max(65_535).default(8765),
  /** Pages beyond the server's own that may connect, as browsers write them: `https://example.org`. */
  allowedOrigins: z.array(z.url()).default([]),
  /** Ms between pings; a peer that has not answered by the next is gone. Below the 60 s at which proxies cut. */
  heartbeatMs: z.int().positive().default(20_000),
  /** Ms that a shutdown waits for accepted utterances before it cuts. Within the 10 s that containers are given. */
  drainMs: z.int().positive().default(8_000),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  limits: limitsSchema.prefault({}),
})
export type ServerConfig = z.infer<typeof serverConfigSchema>

/** @throws EMO_CONFIG_INVALID naming the field */
export function parseServerConfig(input: z.input<typeof serverConfigSchema>): ServerConfig {
  return parseConfig(serverConfigSchema, input)
}
