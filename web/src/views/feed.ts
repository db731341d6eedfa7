import { createKeyedList, h, setText, type View } from '../dom.ts'
import { nameOf } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'
import { createUtterance, type UtteranceEntry } from './utterance.ts'

const EMPTY = {
  meeting: 'Say or type something: its label stands here.',
  replay: 'The first words are on their way.',
} as const satisfies Record<PageState['kind'], string>

/** Nearer to the end than this counts as reading along, in pixels. */
const NEAR_END = 120

/** The conversation as it unfolds. Who reads along is kept at its end; who has scrolled back is left there. */
export function createFeed(select: (id: string) => void): View<PageState> {
  const list = h('ol', { class: 'feed-list' })
  const empty = h('p', { class: 'empty' })
  const element = h('section', { class: 'feed', 'aria-label': 'Conversation', tabindex: '0' }, empty, list)
  const show = createKeyedList<UtteranceEntry>(list, {
    key: ({ utterance }) => utterance.id,
    create: () => createUtterance(select),
    same: sameEntry,
  })

  return {
    element,
    update({ conversation, connection, selected, kind }) {
      const { utterances, settings } = conversation
      const ids = (settings?.participants ?? []).map(({ id }) => id)
      const follows = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END
      const length = utterances.length
      const before = list.childElementCount
      show(
        utterances.map((utterance) => ({
          utterance,
          speakerName: nameOf(settings, utterance.participant),
          speakerIndex: Math.max(0, ids.indexOf(utterance.participant)),
          selected: utterance.id === selected,
        })),
      )
      empty.hidden = length > 0
      setText(empty, connection === 'connecting' ? 'Waiting for the server.' : EMPTY[kind])
      if (follows && length >= before) element.scrollTop = element.scrollHeight
    },
  }
}

const sameEntry = (a: UtteranceEntry, b: UtteranceEntry): boolean =>
  a.utterance === b.utterance &&
  a.speakerName === b.speakerName &&
  a.speakerIndex === b.speakerIndex &&
  a.selected === b.selected
