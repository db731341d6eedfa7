import { MODALITIES, type Modality } from '../../../src/conversation/modality.ts'
import { h, setText, type View } from '../dom.ts'
import { emotionName } from '../look/emotions.ts'
import { MODALITY_NAMES } from '../look/modalities.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { clockTime, percent, probabilityOf } from '../state/figures.ts'
import { createMiniBars } from './bars.ts'
import { createLabelMark } from './label-mark.ts'

/** What one entry of the conversation needs to be drawn. */
export interface UtteranceEntry {
  readonly utterance: ShownUtterance
  readonly speakerName: string
  /** Position of its speaker, for the side it stands on. */
  readonly speakerIndex: number
  readonly selected: boolean
}

/** The protocol's reasons for a modality that was not used, for people. */
const MISSING_TEXTS: Readonly<Record<string, string>> = {
  'no-audio': 'no sound came',
  'no-video': 'no picture came',
  'no-face': 'nobody is seen',
  'too-short': 'too short',
  silent: 'silent',
  lost: 'it came too late',
  late: 'not ready in time',
  overload: 'the server is busy',
  unavailable: 'the server cannot judge it',
}

/** One utterance: who, when, what, its label and how sure it is, and from what it was judged. */
export function createUtterance(select: (id: string) => void): View<UtteranceEntry> {
  const speaker = h('span', { class: 'speaker' })
  const time = h('span', { class: 'time' })
  const words = h('p', { class: 'words' })
  const mark = createLabelMark()
  const share = h('span', { class: 'figure' })
  const state = h('span', { class: 'interim-note' })
  const former = h('span', { class: 'former' })
  const modalities = h('ul', { class: 'modalities', 'aria-label': 'Judged from' })
  const latency = h('span', { class: 'latency figure' })
  const bars = createMiniBars()
  const look = h('button', { type: 'button', class: 'utterance-button' }, h('span', { class: 'visually-hidden' }))
  let id = ''
  look.addEventListener('click', () => select(id))
  const element = h(
    'li',
    { class: 'utterance' },
    look,
    h('div', { class: 'utterance-head' }, speaker, time),
    words,
    h('div', { class: 'utterance-label' }, mark.element, share, state, former),
    h('div', { class: 'utterance-foot' }, modalities, latency),
    bars.element,
  )

  return {
    element,
    update({ utterance, speakerName, speakerIndex, selected }) {
      const { label, phase } = utterance
      id = utterance.id
      element.dataset.phase = phase
      element.dataset.side = speakerIndex % 2 === 0 ? 'first' : 'second'
      if (label === undefined) delete element.dataset.emotion
      else element.dataset.emotion = label
      element.toggleAttribute('data-selected', selected)
      look.setAttribute('aria-pressed', String(selected))
      setText(look.firstElementChild!, `What fed this label: ${speakerName}, ${clockTime(utterance.startMs)}`)
      setText(speaker, speakerName)
      setText(time, timesOf(utterance))
      setText(words, utterance.text || (phase === 'speaking' ? '…' : 'No words: judged without them'))
      words.classList.toggle('without-words', utterance.text === '')
      mark.update(label)
      setText(share, label === undefined ? '' : percent(probabilityOf(utterance)))
      setText(state, phase === 'speaking' ? (label === undefined ? 'speaking' : 'so far') : '')
      showFormer(former, utterance)
      modalities.replaceChildren(...MODALITIES.flatMap((modality) => modalityMark(utterance, modality)))
      setText(latency, utterance.latencyMs === undefined ? '' : `${Math.round(utterance.latencyMs)} ms`)
      bars.update(utterance.probabilities)
    },
  }
}

const timesOf = ({ startMs, endMs }: ShownUtterance): string =>
  endMs === undefined ? clockTime(startMs) : `${clockTime(startMs)}–${clockTime(endMs)}`

/** What a revised label was before: struck through, and said so. */
function showFormer(element: HTMLElement, { formerLabels }: ShownUtterance): void {
  const names = formerLabels.map(emotionName)
  element.hidden = names.length === 0
  if (element.dataset.names === names.join(' ')) return
  element.dataset.names = names.join(' ')
  element.replaceChildren(
    h('span', {}, 'revised, was '),
    ...names.flatMap((name, i) => [i === 0 ? '' : ', then ', h('s', {}, name)]),
  )
}

/** A modality that was used, or why one that could have been was not; nothing for one that nobody speaks of. */
function modalityMark({ modalities, missing, label }: ShownUtterance, modality: Modality): HTMLElement[] {
  if (label === undefined) return []
  const name = MODALITY_NAMES[modality]
  if (modalities.includes(modality)) return [h('li', { class: 'modality', 'data-used': true }, name)]
  const reason = missing[modality]
  return reason === undefined ? [] : [h('li', { class: 'modality' }, `no ${name}: ${MISSING_TEXTS[reason] ?? reason}`)]
}
