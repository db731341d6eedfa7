import { h, setText } from '../dom.ts'
import { emotionName } from '../look/emotions.ts'
import { clockTime, percent, probabilityOf } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'

/** What the timeline shows, as a table that is filled while it is open. */
export function createTimelineTable(): { readonly element: HTMLElement; update(state: PageState): void } {
  const body = h('tbody')
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
  return {
    element: details,
    update({ conversation }: PageState) {
      if (!details.open) {
        details.ontoggle = () => details.open && fill(conversation)
        return
      }
      fill(conversation)
    },
  }

  function fill({ utterances, settings }: PageState['conversation']): void {
    const labelled = utterances.filter(({ label }) => label !== undefined)
    while (body.rows.length > labelled.length) body.deleteRow(-1)
    while (body.rows.length < labelled.length) body.append(h('tr', {}, ...Array.from({ length: 5 }, () => h('td'))))
    for (const [i, utterance] of labelled.entries()) {
      const cells = body.rows[i]!.cells
      const name = settings?.participants.find(({ id }) => id === utterance.participant)?.name ?? utterance.participant
      setText(cells[0]!, clockTime(utterance.startMs))
      setText(cells[1]!, name)
      setText(cells[2]!, emotionName(utterance.label!))
      setText(cells[3]!, percent(probabilityOf(utterance)))
      setText(cells[4]!, utterance.formerLabels.map(emotionName).join(', '))
    }
  }
}
