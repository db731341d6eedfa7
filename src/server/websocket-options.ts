import type { ServerOptions } from 'ws'
import { chooseSubprotocol } from './auth.ts'
import type { Limits } from './limits.ts'

/** What ws may spend on one connection; its own defaults are those of a server that trusts its clients. */
export function websocketOptions({ payloadBytes }: Pick<Limits, 'payloadBytes'>) {
  return {
    /** Of one message, all its pieces together; beyond it the connection is closed (1009) without reading on. */
    maxPayload: payloadBytes,
    /** Pieces of one message: an honest client sends it whole, and each piece costs memory that `maxPayload` does not count. */
    maxFragments: 64,
    /** Chunks of the network that one frame may come in: 1 MiB at a usual packet's 1,460 bytes takes 719. */
    maxBufferedChunks: 1_024,
    /** A few bytes could become gigabytes; and what is secret must not be compressed beside what is chosen. */
    perMessageDeflate: false,
    handleProtocols: chooseSubprotocol,
  } satisfies ServerOptions
}
