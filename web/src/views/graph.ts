import type { GraphDrawing } from '../charts/graph-drawing.ts'
import { h, setText, type View } from '../dom.ts'
import { emotionName, emotionSign } from '../look/emotions.ts'
import { MODALITY_NAMES } from '../look/modalities.ts'
import type { ThemeSwitch } from '../look/theme.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { clockTime, type Influence, influences, nameOf, percent } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'
import { createBarTable } from './bars.ts'

/** Influences that are listed. */
const LISTED = 6
/** What would be told as 0%. */
const LEAST_LISTED = 0.005

/** What fed the label of one utterance: the graph around it, the strongest edges in words, every probability. */
export function createGraphPanel(
  theme: ThemeSwitch,
  select: (id: string) => void,
  follow: () => void,
): View<PageState> {
  const canvas = h('div', { class: 'graph-canvas', role: 'img', 'aria-describedby': 'graph-list' })
  const heading = h('p', { class: 'graph-heading', 'aria-live': 'off' })
  const list = h('ol', { class: 'influences', id: 'graph-list' })
  const note = h('p', { class: 'hint' })
  const legend = h(
    'p',
    { class: 'hint graph-legend' },
    'From outside to inside: words, voice, face. Time goes from left to right; a line is as wide as what it carried.',
  )
  const bars = createBarTable('Probability of every emotion')
  const newest = h('button', { type: 'button', class: 'plain', onclick: follow }, 'Follow the newest')
  const told = h(
    'div',
    {},
    canvas,
    legend,
    h(
      'div',
      { class: 'graph-details' },
      h('div', {}, h('h3', {}, 'Probabilities'), bars.element),
      h('div', {}, h('h3', {}, 'Strongest influences'), list, note),
    ),
  )
  const element = h(
    'section',
    { class: 'panel graph', 'aria-labelledby': 'graph-title' },
    h('div', { class: 'panel-head' }, h('h2', { id: 'graph-title' }, 'What fed this label'), newest),
    heading,
    told,
  )
  let drawing: GraphDrawing | undefined
  let loading = false
  let last: PageState | undefined
  let drawn: { utterances: readonly ShownUtterance[]; current: string | undefined } | undefined

  /** The graph's library is loaded with the first label: the page stands without it. */
  async function load(): Promise<void> {
    if (loading) return
    loading = true
    try {
      const { createGraphDrawing } = await import('../charts/graph-drawing.ts')
      drawing = createGraphDrawing(canvas, colours, select)
      redraw()
    } catch {
      canvas.hidden = true
      legend.textContent = 'The graph could not be drawn here, which takes WebGL; it is told in words.'
    }
  }

  function colours() {
    const style = getComputedStyle(canvas)
    return {
      dark:
        style.colorScheme === 'dark' ||
        (style.colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches),
      ink: style.color,
      ground: style.backgroundColor,
      faint: style.outlineColor,
    }
  }

  function redraw(): void {
    drawn = undefined
    if (last !== undefined) update(last)
  }

  theme.onChange(redraw)
  new ResizeObserver(redraw).observe(canvas)

  function update(state: PageState): void {
    last = state
    const { utterances, settings } = state.conversation
    const current = currentOf(state)
    newest.hidden = state.selected === undefined
    told.hidden = current === undefined
    if (current === undefined) {
      setText(heading, 'The first label is on its way.')
      // Nothing stays of a conversation that was left or deleted.
      drawn = undefined
      list.replaceChildren()
      bars.update([])
      drawing?.clear()
      return
    }
    void load()
    if (drawn?.utterances === utterances && drawn.current === current.id) return
    drawn = { utterances, current: current.id }
    const called = (participant: string): string => nameOf(settings, participant)
    const title = `${called(current.participant)}, ${clockTime(current.startMs)}: ${emotionName(current.label!)}`
    setText(heading, title)
    canvas.setAttribute('aria-label', `Graph of what fed the label of ${title}`)
    bars.update(current.probabilities)
    const found = influences(current, utterances).filter(({ share }) => share >= LEAST_LISTED)
    list.replaceChildren(
      ...found.slice(0, LISTED).map((influence) => h('li', {}, ...inWords(influence, current, called))),
    )
    list.hidden = found.length === 0
    setText(note, noteOn(current))
    drawing?.draw(utterances, current.id)
    canvas.dataset.drawn = String(drawing !== undefined)
  }

  return { element, update }
}

/** The utterance that is looked at: the chosen one, or the newest whole one; of those still spoken no attention is told. */
function currentOf({ conversation: { utterances }, selected }: PageState): ShownUtterance | undefined {
  const chosen = utterances.find(({ id }) => id === selected)
  if (chosen?.label !== undefined) return chosen
  return (
    utterances.findLast(({ phase }) => phase === 'labelled') ?? utterances.findLast(({ label }) => label !== undefined)
  )
}

function inWords(
  { source, modality, target, share }: Influence,
  current: ShownUtterance,
  called: (id: string) => string,
) {
  const own = source.id === current.id
  const from = own
    ? `its own ${MODALITY_NAMES[modality]}`
    : `${MODALITY_NAMES[modality]} of ${called(source.participant)}, ${clockTime(source.startMs)}`
  const into = modality === target ? '' : ` into ${MODALITY_NAMES[target]}`
  const label = source.label ?? ''
  const told = [
    h(
      'span',
      { class: 'influence-label', 'data-emotion': label },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, emotionSign(label)),
      ` ${emotionName(label)}`,
    ),
    h('q', {}, shorten(source.text)),
  ]
  return [h('span', { class: 'figure' }, percent(share)), h('span', {}, `${from}${into} `, ...(own ? [] : told))]
}

/** Why there is nothing, or what to know of what there is. */
function noteOn({ mode, phase, attention }: ShownUtterance): string {
  if (phase === 'speaking') return 'Told with the whole utterance.'
  if (mode === 'live') return attention.length > 0 ? '' : 'The server has not told.'
  return attention.length > 0
    ? 'Of its first label, given live. The revised one draws on the whole conversation.'
    : 'Told in live mode. An offline label draws on the whole conversation.'
}

const shorten = (text: string): string => (text.length > 48 ? `${text.slice(0, 47).trimEnd()}…` : text)
