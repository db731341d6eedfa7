/** Work in steps: each `yield` is a place where something else may run; what is returned is the result. */
export type Steps<T> = Generator<void, T>

/** Long computations of all sessions in small pieces, so that the event loop is never held for long. */
export interface TimeSlicer {
  /** `urgent` work goes before other work: somebody waits for it. */
  run<T>(steps: Steps<T>, options?: { readonly urgent?: boolean }): Promise<T>
}

interface Task {
  /** Does one step; true when the work is done. */
  readonly step: () => boolean
}

/**
 * Round robin over all work: steps for at most `budgetMs`, then everything else that waits in the event loop. A step has to
 * be short by itself.
 */
export function createTimeSlicer(options: { readonly budgetMs?: number } = {}): TimeSlicer {
  const { budgetMs = 8 } = options
  const queues: { readonly urgent: Task[]; readonly patient: Task[] } = { urgent: [], patient: [] }
  let scheduled = false

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    scheduled = false
    const until = performance.now() + budgetMs
    do {
      const queue = queues.urgent.length > 0 ? queues.urgent : queues.patient
      const task = queue.shift()
      if (task === undefined) return
      if (!task.step()) queue.push(task)
    } while (performance.now() < until)
    schedule()
  }

  return {
    run(steps, { urgent = false } = {}) {
      return new Promise((resolve, reject) => {
        const step = (): boolean => {
          try {
            const { done, value } = steps.next()
            if (done) resolve(value)
            return done === true
          } catch (error) {
            reject(error)
            return true
          }
        }
        queues[urgent ? 'urgent' : 'patient'].push({ step })
        schedule()
      })
    },
  }
}
