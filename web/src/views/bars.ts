import { h, setText, setVariable, type View } from '../dom.ts'
import { emotionName, emotionShort, emotionSign } from '../look/emotions.ts'
import type { Probabilities } from '../state/conversation-state.ts'
import { percent } from '../state/figures.ts'

/** Small upright bars, one for each label, for a line of the conversation. Decoration beside words that say the same. */
export function createMiniBars(): View<Probabilities> {
  const element = h('div', { class: 'mini-bars', 'aria-hidden': 'true' })
  let names = ''
  return {
    element,
    update(probabilities) {
      const now = probabilities.map(({ name }) => name).join(' ')
      if (now !== names) {
        names = now
        element.replaceChildren(...probabilities.map(({ name }) => miniBar(name)))
      }
      const most = Math.max(...probabilities.map(({ probability }) => probability))
      for (const [i, { probability }] of probabilities.entries()) {
        const bar = element.children[i] as HTMLElement
        setVariable(bar, '--share', probability.toFixed(4))
        bar.toggleAttribute('data-top', probability === most)
      }
    },
  }
}

const miniBar = (name: string): HTMLElement =>
  h(
    'div',
    { class: 'mini-bar', 'data-emotion': name },
    h('div', { class: 'mini-bar-track' }, h('div', { class: 'mini-bar-fill' })),
    h('span', {}, emotionShort(name)),
  )

/** Every label in full with its bar and its share, most probable first: a table for eyes and screen readers. */
export function createBarTable(caption: string): View<Probabilities> {
  const body = h('tbody')
  const element = h('table', { class: 'bar-table' }, h('caption', { class: 'visually-hidden' }, caption), body)
  return {
    element,
    update(probabilities) {
      const sorted = probabilities.toSorted((a, b) => b.probability - a.probability)
      while (body.rows.length > sorted.length) body.deleteRow(-1)
      while (body.rows.length < sorted.length) body.append(barRow())
      for (const [i, { name, probability }] of sorted.entries()) {
        const row = body.rows[i]!
        row.dataset.emotion = name
        setText(row.querySelector('.sign')!, emotionSign(name))
        setText(row.querySelector('.name')!, emotionName(name))
        setText(row.cells[2]!, percent(probability))
        setVariable(row, '--share', probability.toFixed(4))
      }
    },
  }
}

const barRow = (): HTMLTableRowElement =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('span', { class: 'sign', 'aria-hidden': 'true' }), h('span', { class: 'name' })),
    h('td', { class: 'bar-cell', 'aria-hidden': 'true' }, h('div', { class: 'bar-fill' })),
    h('td', { class: 'figure' }),
  )
