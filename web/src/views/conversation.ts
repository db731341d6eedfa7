import { h } from '../dom.ts'

/** The two halves of the conversation's screen: what is said, and what is made of it. */
export function conversationScreen(said: readonly HTMLElement[], made: readonly HTMLElement[]): HTMLElement {
  return h(
    'main',
    { class: 'conversation', id: 'main', tabindex: '-1' },
    h('h1', { class: 'visually-hidden' }, 'Conversation'),
    h('div', { class: 'said' }, ...said),
    h('div', { class: 'made' }, ...made),
  )
}
