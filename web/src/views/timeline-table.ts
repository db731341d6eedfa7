import { h, setText, type View } from '../dom.ts'
import { emotionName } from '../look/emotions.ts'
import { type ConversationState, EMPTY_CONVERSATION } from '../state/conversation-state.ts'
import { clockTime, nameOf, percent, probabilityOf } from '../state/figures.ts'

/** What the timeline shows, as a table that is filled while it is open. */
export function createTimelineTable(): View<ConversationState> {
  const body = h('tbody')
  let last = EMPTY_CONVERSATION
  const details = h(
    'details',
    { class: 'alternative' },
    h('summary', {}, 'As a table'),
    h(
      'div',
      { class: 'table-scroller', tabindex: '0', role: 'region', 'aria-label': 'Every utterance and its label' },
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, 'Every utterance and its label'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['From', 'Speaker', 'Emotion', 'Probability', 'Before'].map((text) => h('th', { scope: 'col' }, text)),
          ),
        ),
        body,
      ),
    ),
  )

  function fill(): void {
    if (!details.open) return
    const { utterances, settings } = last
    const labelled = utterances.filter(({ label }) => label !== undefined)
    while (body.rows.length > labelled.length) body.deleteRow(-1)
    while (body.rows.length < labelled.length) body.append(h('tr', {}, ...Array.from({ length: 5 }, () => h('td'))))
    for (const [i, utterance] of labelled.entries()) {
      const cells = body.rows[i]!.cells
      setText(cells[0]!, clockTime(utterance.startMs))
      setText(cells[1]!, nameOf(settings, utterance.participant))
      setText(cells[2]!, emotionName(utterance.label!))
      setText(cells[3]!, percent(probabilityOf(utterance)))
      setText(cells[4]!, utterance.formerLabels.map(emotionName).join(', '))
    }
  }

  details.addEventListener('toggle', fill)
  return {
    element: details,
    update(conversation) {
      last = conversation
      fill()
    },
  }
}
