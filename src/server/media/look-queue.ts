import type { FrameLook } from '../../encoders/visual/frame-look.ts'

/** Looks at pictures of all sessions, one at a time: each takes tens of milliseconds of the one thread there is. */
export interface LookQueue {
  /** The pictures of one participant. */
  open(): Looks
}

export interface Looks {
  /**
   * Resolves when the picture has been looked at; rejects where it does not decode. An `urgent` one, for which somebody
   * waits, goes before the others. Undefined where too many wait: the picture is not looked at.
   */
  look(frame: FrameLook, options?: { readonly urgent?: boolean }): Promise<void> | undefined
  /** Forgets what waits: nothing of it is looked at, nobody is told. */
  close(): void
}

interface Entry {
  readonly frame: FrameLook
  urgent: boolean
  readonly done: Promise<void>
  readonly run: () => Promise<void>
}

/**
 * Participants take turns, and each may have so many pictures waiting: whoever sends more than can be looked at waits for
 * himself alone.
 *
 * @param options.most pictures of one participant that may wait: at 20 to 30 ms each, two seconds of work
 */
export function createLookQueue(options: { readonly most?: number } = {}): LookQueue {
  const { most = 80 } = options
  /** In the order of their turns. */
  let queues: Entry[][] = []
  let running: Entry | undefined

  /** The next picture; its participant's next turn comes after the others'. */
  function next(): Entry | undefined {
    const queue = queues.find((each) => each.some(({ urgent }) => urgent)) ?? queues.find(({ length }) => length > 0)
    if (queue === undefined) return undefined
    queues = [...queues.filter((each) => each !== queue), queue]
    const urgent = queue.findIndex((entry) => entry.urgent)
    return queue.splice(Math.max(0, urgent), 1)[0]
  }

  async function drain(): Promise<void> {
    do {
      running = next()
      await running?.run()
    } while (running !== undefined)
  }

  return {
    open() {
      const own: Entry[] = []
      queues = [...queues, own]
      return {
        look(frame, { urgent = false } = {}) {
          const known = running?.frame === frame ? running : own.find((entry) => entry.frame === frame)
          if (known !== undefined) {
            known.urgent ||= urgent
            return known.done
          }
          if (!urgent && own.length >= most) return undefined
          let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
          const done = new Promise<void>((resolve, reject) => {
            settle = { resolve, reject }
          })
          own.push({ frame, urgent, done, run: () => frame.look().then(settle?.resolve, settle?.reject) })
          if (running === undefined) void drain()
          return done
        },
        close() {
          own.length = 0
          queues = queues.filter((each) => each !== own)
        },
      }
    },
  }
}
