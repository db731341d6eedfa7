import { h, type View } from '../dom.ts'
import { MODALITY_NAMES } from '../look/modalities.ts'
import type { ServedModelFacts } from '../session/api.ts'
import type { PageState } from '../state/page-state.ts'
import { createLabelMark } from './label-mark.ts'

export interface HomeActions {
  meet(): void
  replay(): void
  predict(): void
  goBack(): void
}

/** The beginning: three ways in, and what answers here. */
export function createHome(actions: HomeActions): View<PageState> & { showModel(model: ServedModelFacts): void } {
  const facts = h('p', { class: 'facts' })
  const labels = h('ul', { class: 'label-legend', 'aria-label': 'Emotions that are told apart' })
  const back = h(
    'button',
    { type: 'button', class: 'primary back', onclick: actions.goBack },
    'Back to the conversation',
  )
  const element = h(
    'main',
    { class: 'home', id: 'main', tabindex: '-1' },
    h('h1', {}, 'How a conversation ', h('em', {}, 'sounds'), ', as it unfolds'),
    h(
      'p',
      { class: 'lead' },
      'Every utterance is labelled with an emotion, from its words, the voice and the face, and from what was said before it. You see how sure the label is, and what fed it.',
    ),
    back,
    h(
      'div',
      { class: 'ways' },
      way(
        'Start a meeting',
        'With this computer’s microphone and camera. Words are typed, or written down by the server.',
        actions.meet,
        true,
      ),
      way(
        'Replay a conversation',
        'A written one that comes with Emograph, or a WebVTT or JSONL file of yours.',
        actions.replay,
      ),
      way(
        'Judge one file',
        'A photo, a recording, a video or a sentence by itself, with the probability of every class.',
        actions.predict,
      ),
    ),
    labels,
    facts,
  )
  return {
    element,
    update: ({ resumable }) => {
      back.hidden = !resumable
    },
    showModel(model) {
      const used = model.modalities.map((modality) => MODALITY_NAMES[modality])
      facts.replaceChildren(
        h('strong', {}, model.name),
        ` judges by ${used.join(' and ')}. Its labels are guesses about people: what they may and may not be used for is in `,
        h('a', { href: '/v1/model' }, 'the model’s card'),
        '.',
      )
      labels.replaceChildren(
        ...model.labels.map((label) => {
          const mark = createLabelMark()
          mark.update(label)
          return h('li', {}, mark.element)
        }),
      )
    },
  }
}

const way = (title: string, text: string, act: () => void, first = false): HTMLElement =>
  h(
    'button',
    { type: 'button', class: first ? 'way first' : 'way', onclick: act },
    h('span', { class: 'way-title' }, title),
    h('span', { class: 'way-text' }, text),
  )
