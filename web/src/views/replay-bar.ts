import { h, setText, type View } from '../dom.ts'
import { clockTime } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'

const SPEEDS: readonly { readonly value: number; readonly text: string }[] = [
  { value: 0.5, text: '½ ×' },
  { value: 1, text: '1 ×' },
  { value: 2, text: '2 ×' },
  { value: 4, text: '4 ×' },
  { value: 8, text: '8 ×' },
  { value: Number.POSITIVE_INFINITY, text: 'no pause' },
]

export const speedOptions = (chosen: number): HTMLOptionElement[] =>
  SPEEDS.map(({ value, text }) => h('option', { value, selected: value === chosen }, text))

/** Play, pause and speed of a recorded conversation. */
export function createReplayBar(actions: { toggle(): void; setSpeed(speed: number): void }): View<PageState> {
  const toggle = h('button', { type: 'button', class: 'primary', onclick: actions.toggle })
  const title = h('span', { class: 'replay-title' })
  const progress = h('progress', { max: 1, value: 0, 'aria-label': 'Position' })
  const time = h('span', { class: 'figure' })
  const speed = h('select', { 'aria-label': 'Speed' }, ...speedOptions(1))
  speed.addEventListener('change', () => actions.setSpeed(Number(speed.value)))
  const element = h('section', { class: 'replay-bar', 'aria-label': 'Replay' }, toggle, title, progress, time, speed)

  return {
    element,
    update({ replay, connection }) {
      element.hidden = replay === undefined || connection === 'closed'
      if (replay === undefined) return
      const over = replay.positionMs >= replay.lengthMs
      toggle.disabled = over
      setText(toggle, over ? 'Played' : replay.playing ? 'Pause' : 'Play')
      setText(title, replay.title)
      progress.value = Math.min(1, replay.positionMs / Math.max(1, replay.lengthMs))
      setText(time, `${clockTime(Math.min(replay.positionMs, replay.lengthMs))} of ${clockTime(replay.lengthMs)}`)
      if (document.activeElement !== speed) speed.value = String(replay.speed)
    },
  }
}
