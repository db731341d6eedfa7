import type { FrameLook } from '../../encoders/visual/frame-look.ts'

/** Looks at pictures of all sessions, one at a time: each takes tens of milliseconds of the one thread there is. */
export interface LookQueue {
  /**
   * Resolves when the picture has been looked at; rejects where it does not decode. An `urgent` one, for which somebody
   * waits, goes before the others. Undefined where too many wait: the picture is not looked at.
   */
  look(frame: FrameLook, options?: { readonly urgent?: boolean }): Promise<void> | undefined
  readonly waiting: number
}

interface Entry {
  readonly frame: FrameLook
  urgent: boolean
  readonly done: Promise<void>
  readonly run: () => Promise<void>
}

/** @param most pictures that may wait: at 30 ms each, three seconds of work */
export function createLookQueue(options: { readonly most?: number } = {}): LookQueue {
  const { most = 100 } = options
  const entries: Entry[] = []
  let running: Entry | undefined

  async function drain(): Promise<void> {
    do {
      const urgent = entries.findIndex((entry) => entry.urgent)
      running = entries.splice(Math.max(0, urgent), 1)[0]
      await running?.run()
    } while (running !== undefined)
  }

  return {
    get waiting() {
      return entries.length
    },
    look(frame, { urgent = false } = {}) {
      const known = running?.frame === frame ? running : entries.find((entry) => entry.frame === frame)
      if (known !== undefined) {
        known.urgent ||= urgent
        return known.done
      }
      if (!urgent && entries.length >= most) return undefined
      let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
      const done = new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
      })
      const run = () => frame.look().then(settle?.resolve, settle?.reject)
      entries.push({ frame, urgent, done, run })
      if (running === undefined) void drain()
      return done
    },
  }
}
