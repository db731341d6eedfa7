import { h, setText } from '../dom.ts'

/** Says things aloud to who uses a screen reader, politely and not faster than they can be heard. */
export interface Announcer {
  readonly element: HTMLElement
  /** The newest takes the place of what has not been said yet. */
  say(text: string): void
}

/** Between two announcements, in ms. */
const PACE_MS = 1_500

export function createAnnouncer(): Announcer {
  const element = h('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' })
  let waiting: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function next(): void {
    timer = undefined
    if (waiting === undefined) return
    setText(element, waiting)
    waiting = undefined
    timer = setTimeout(next, PACE_MS)
  }

  return {
    element,
    say(text) {
      waiting = text
      if (timer === undefined) next()
    },
  }
}
