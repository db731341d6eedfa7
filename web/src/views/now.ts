import { createKeyedList, h, setText, setVariable, type View } from '../dom.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { latestByParticipant, percent, probabilityOf } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'
import { createLabelMark } from './label-mark.ts'

interface NowEntry {
  readonly id: string
  readonly name: string
  readonly latest: ShownUtterance | undefined
}

/** How each participant sounded last, in one word. */
export function createNow(): View<PageState> {
  const list = h('ul', { class: 'now-list' })
  const element = h(
    'section',
    { class: 'panel now', 'aria-labelledby': 'now-title' },
    h('h2', { id: 'now-title' }, 'Now'),
    list,
  )
  const show = createKeyedList<NowEntry>(list, {
    key: ({ id }) => id,
    create: createCard,
    same: (before, now) => before.name === now.name && before.latest === now.latest,
  })

  return {
    element,
    update({ conversation }) {
      const latest = latestByParticipant(conversation)
      show(
        (conversation.settings?.participants ?? []).map(({ id, name = id }) => ({ id, name, latest: latest.get(id) })),
      )
    },
  }
}

function createCard(): View<NowEntry> {
  const name = h('span', { class: 'now-name' })
  const mark = createLabelMark()
  const unheard = h('span', {}, 'not heard yet')
  const share = h('span', { class: 'now-share figure' })
  const element = h('li', { class: 'now-card' }, name, h('span', { class: 'now-label' }, mark.element, unheard), share)
  return {
    element,
    update(entry) {
      const { label, phase } = entry.latest ?? {}
      const probability = entry.latest === undefined ? 0 : probabilityOf(entry.latest)
      if (label === undefined) delete element.dataset.emotion
      else element.dataset.emotion = label
      setText(name, entry.name)
      mark.update(label)
      unheard.hidden = label !== undefined
      setText(share, label === undefined ? '' : `${percent(probability)}${phase === 'speaking' ? ', so far' : ''}`)
      setVariable(element, '--share', probability.toFixed(4))
    },
  }
}
