import { createKeyedList, h, setText, type View } from '../dom.ts'
import type { Notice, PageState } from '../state/page-state.ts'

/** What went wrong or is worth knowing, until it is put away. */
export function createNotices(dismiss: (id: number) => void): View<PageState> {
  const element = h('ul', { class: 'notices', role: 'log', 'aria-label': 'Notices', 'aria-live': 'polite' })
  const show = createKeyedList<Notice>(element, {
    key: ({ id }) => String(id),
    create: ({ id }) => notice(() => dismiss(id)),
  })
  return { element, update: ({ notices }) => show(notices) }
}

function notice(dismiss: () => void): View<Notice> {
  const sign = h('span', { class: 'notice-sign', 'aria-hidden': 'true' })
  const words = h('p')
  const away = h('button', { type: 'button', class: 'plain', 'aria-label': 'Dismiss', onclick: dismiss }, '×')
  const element = h('li', { class: 'notice' }, sign, words, away)
  return {
    element,
    update({ kind, text }) {
      element.dataset.kind = kind
      setText(sign, kind === 'problem' ? '!' : 'i')
      setText(words, text)
    },
  }
}
