type Task = () => void | Promise<void>

/** Tasks of one session, one after the other in the order in which they were accepted. */
export interface SerialQueue {
  /** How many tasks wait or run. */
  readonly size: number
  push(task: Task): void
  /** Forgets the tasks that have not begun. */
  clear(): void
  /** Resolves when nothing waits or runs any more. */
  idle(): Promise<void>
}

/**
 * A queue without a bound of its own: whoever pushes looks at `size` first and tells the client when it is too long.
 *
 * @param onError gets what a task throws; the tasks after it go on.
 */
export function createSerialQueue(onError: (error: unknown) => void): SerialQueue {
  let waiting: Task[] = []
  let running = false
  let done: Promise<void> = Promise.resolve()

  async function drain(): Promise<void> {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      try {
        await task()
      } catch (error) {
        onError(error)
      }
    }
    running = false
  }

  return {
    get size() {
      return waiting.length + (running ? 1 : 0)
    },
    push(task) {
      waiting.push(task)
      if (running) return
      running = true
      done = drain()
    },
    clear() {
      waiting = []
    },
    idle: () => done,
  }
}
