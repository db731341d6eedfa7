import type { AddressInfo } from 'node:net'
import { SESSION_PATH } from './protocol/fields.ts'

/** Where clients find a server. */
export interface ServerAddress {
  /** `http://127.0.0.1:8765` */
  readonly url: string
  /** `ws://127.0.0.1:8765/v1/session` */
  readonly socketUrl: string
  /** It listens at every address of this computer; the one that is named here is the loopback interface's. */
  readonly everywhere: boolean
}

/** What stands for every address is none to which a browser could go. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** @param host as the server was told; @param bound what came of it */
export function addressOf(host: string, bound: Pick<AddressInfo, 'address' | 'port'>): ServerAddress {
  const loopback = LOOPBACK[bound.address]
  const name = loopback ?? host
  const authority = `${name.includes(':') ? `[${name}]` : name}:${bound.port}`
  return {
    url: `http://${authority}`,
    socketUrl: `ws://${authority}${SESSION_PATH}`,
    everywhere: loopback !== undefined,
  }
}
