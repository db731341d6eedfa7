export interface QuietOptions {
  /** Ms without sound after which it has stopped. */
  readonly afterMs: number
  /** False while sound may be waiting elsewhere: the client is away, or the server does not read it. */
  readonly isRead: () => boolean
  readonly onQuiet: () => void
}

/** Notices that a participant's sound has stopped: the microphone was muted, or another one is used. */
export interface Quiet {
  /** Sound has come. */
  heard(): void
  dispose(): void
}

export function createQuiet({ afterMs, isRead, onQuiet }: QuietOptions): Quiet {
  let timer: NodeJS.Timeout | undefined
  /** It was read all the time; a client that has just come back gets the time to send what it has kept. */
  let read = true

  function arm(): void {
    clearTimeout(timer)
    timer = setTimeout(look, afterMs).unref()
  }

  function look(): void {
    const before = read
    read = isRead()
    if (before && read) onQuiet()
    else arm()
  }

  return {
    heard() {
      read = true
      arm()
    },
    dispose: () => clearTimeout(timer),
  }
}
