import { h } from '../dom.ts'

/** What is said, and what is made of it: side by side, or one at a time where a window is narrow (styles/conversation.css). */
export function conversationScreen(said: readonly HTMLElement[], made: readonly HTMLElement[]): HTMLElement {
  const halves = { said: 'Conversation', made: 'Emotions' } as const
  const names = Object.keys(halves) as (keyof typeof halves)[]
  const buttons = names.map((half) => h('button', { type: 'button', onclick: () => show(half) }, halves[half]))
  const element = h(
    'main',
    { class: 'conversation', id: 'main', tabindex: '-1' },
    h('h1', { class: 'visually-hidden' }, 'Conversation'),
    h('div', { class: 'halves', role: 'group', 'aria-label': 'What is shown' }, ...buttons),
    h('div', { class: 'said' }, ...said),
    h('div', { class: 'made' }, ...made),
  )

  function show(half: keyof typeof halves): void {
    element.dataset.half = half
    for (const [i, button] of buttons.entries()) button.setAttribute('aria-pressed', String(names[i] === half))
  }

  show('said')
  return element
}
