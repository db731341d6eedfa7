import type { WebSocketConstructor, WebSocketLike } from '../../src/client/connection.ts'
import type { FakeTime } from './fake-time.ts'

export type Data = string | Uint8Array<ArrayBuffer>

/** The server's end of one connection. */
export interface Peer {
  send(text: string): void
  close(code: number, reason?: string): void
}

/** What a server does with connections. */
export interface Listener {
  open(peer: Peer): { message(data: Data): void; gone(): void }
}

/** WebSockets that lead to `listener`, through wires that take time and can be cut. */
export interface FakeNetwork {
  readonly WebSocket: WebSocketConstructor
  readonly connections: number
  /** Cuts what is connected: what is on the way is lost, in both directions. */
  cut(): void
  /** Nobody gets in while it is down. */
  setDown(down: boolean): void
  /** From now on nothing comes through, and nobody is told. */
  freeze(): void
}

export function createFakeNetwork(time: FakeTime, listener: Listener): FakeNetwork {
  const cuts = new Set<(code: number, reason: string) => void>()
  let connections = 0
  let down = false
  let frozen = 0

  class FakeSocket implements WebSocketLike {
    readonly #listeners: Record<string, ((event: never) => void)[]> = {}
    readonly #own = connections++
    #open = true
    #server: ReturnType<Listener['open']> | undefined

    constructor() {
      time.after(1 + time.upTo(5), () => {
        if (!this.#open) return
        if (down) return this.#end(1006, '')
        cuts.add(this.#cut)
        this.#emit('open', {})
        this.#server = listener.open({
          send: (text) => this.#carry(() => this.#emit('message', { data: text })),
          close: (code, reason = '') => this.#carry(() => this.#end(code, reason)),
        })
      })
    }

    send(data: Data): void {
      this.#carry(() => this.#server?.message(data))
    }

    close(): void {
      this.#end(1000, '')
    }

    addEventListener(type: string, listener: (event: never) => void): void {
      this.#listeners[type] = [...(this.#listeners[type] ?? []), listener]
    }

    /** Every message takes the same time, so that they stay in order. */
    #carry(arrive: () => void): void {
      time.after(3, () => {
        if (this.#open && this.#own >= frozen) arrive()
      })
    }

    readonly #cut = (code: number, reason: string): void => {
      this.#open = false
      cuts.delete(this.#cut)
      time.after(time.upTo(40), () => this.#server?.gone())
      time.after(time.upTo(40), () => this.#emit('close', { code, reason }))
    }

    #end(code: number, reason: string): void {
      if (this.#open) this.#cut(code, reason)
    }

    #emit(type: string, event: object): void {
      for (const listener of this.#listeners[type] ?? []) listener(event as never)
    }
  }

  return {
    WebSocket: FakeSocket,
    get connections() {
      return connections
    },
    cut() {
      for (const cut of [...cuts]) cut(1006, '')
    },
    setDown(next) {
      down = next
    },
    freeze() {
      frozen = connections
    },
  }
}
