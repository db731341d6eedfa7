import { createKeyedList, h } from '../dom.ts'
import type { Notice, PageState } from '../state/page-state.ts'

/** What went wrong or is worth knowing, until it is put away. */
export function createNotices(dismiss: (id: number) => void): {
  readonly element: HTMLElement
  update(state: PageState): void
} {
  const element = h('ul', { class: 'notices', role: 'log', 'aria-label': 'Notices', 'aria-live': 'polite' })
  const show = createKeyedList<Notice, HTMLLIElement>(element, {
    key: ({ id }) => String(id),
    create: ({ id, kind, text }) =>
      h(
        'li',
        { class: 'notice', 'data-kind': kind },
        h('span', { class: 'notice-sign', 'aria-hidden': 'true' }, kind === 'problem' ? '!' : 'i'),
        h('p', {}, text),
        h('button', { type: 'button', class: 'plain', 'aria-label': 'Dismiss', onclick: () => dismiss(id) }, '×'),
      ),
    update: () => {},
  })
  return { element, update: ({ notices }) => show(notices) }
}
