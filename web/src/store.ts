/** A value that tells when it has changed; who listens is told at most once a frame. */
export interface Store<S> {
  readonly state: S
  update(change: (state: S) => S): void
  subscribe(listener: (state: S) => void): void
}

export function createStore<S>(initial: S, schedule: (task: () => void) => void = nextFrame): Store<S> {
  const listeners: ((state: S) => void)[] = []
  let state = initial
  let scheduled = false

  function tell(): void {
    scheduled = false
    for (const listener of listeners) listener(state)
  }

  return {
    get state() {
      return state
    },
    update(change) {
      const changed = change(state)
      if (changed === state) return
      state = changed
      if (scheduled) return
      scheduled = true
      schedule(tell)
    },
    subscribe(listener) {
      listeners.push(listener)
      listener(state)
    },
  }
}

/** A hidden page has no frames, but its state must not grow old. */
const nextFrame = (task: () => void): void => {
  if (document.hidden) setTimeout(task)
  else requestAnimationFrame(task)
}
