import { createKeyedList, h, setText, setVariable } from '../dom.ts'
import { emotionName, emotionSign } from '../look/emotions.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { latestByParticipant, percent, probabilityOf } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'

interface NowEntry {
  readonly id: string
  readonly name: string
  readonly latest: ShownUtterance | undefined
}

/** How each participant sounded last, in one word. */
export function createNow(): { readonly element: HTMLElement; update(state: PageState): void } {
  const list = h('ul', { class: 'now-list' })
  const element = h(
    'section',
    { class: 'panel now', 'aria-labelledby': 'now-title' },
    h('h2', { id: 'now-title' }, 'Now'),
    list,
  )
  const show = createKeyedList<NowEntry, HTMLLIElement>(list, {
    key: ({ id }) => id,
    create: ({ name }) =>
      h(
        'li',
        { class: 'now-card' },
        h('span', { class: 'now-name' }, name),
        h(
          'span',
          { class: 'now-label' },
          h('span', { class: 'sign', 'aria-hidden': 'true' }),
          h('span', { class: 'now-word' }),
        ),
        h('span', { class: 'now-share figure' }),
      ),
    update(card, { name, latest }) {
      const label = latest?.label
      if (label === undefined) delete card.dataset.emotion
      else card.dataset.emotion = label
      setText(card.querySelector('.now-name')!, name)
      setText(card.querySelector('.sign')!, label === undefined ? '' : emotionSign(label))
      setText(card.querySelector('.now-word')!, label === undefined ? 'not heard yet' : emotionName(label))
      const share = latest === undefined ? 0 : probabilityOf(latest)
      setText(
        card.querySelector('.now-share')!,
        label === undefined ? '' : `${percent(share)}${latest!.phase === 'speaking' ? ', so far' : ''}`,
      )
      setVariable(card, '--share', share.toFixed(4))
    },
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
