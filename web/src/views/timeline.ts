import { layOutTimeline } from '../charts/timeline-layout.ts'
import { createKeyedList, h, svg, type View } from '../dom.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { clockTime } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'
import { createLane, type ShownLane } from './timeline-lanes.ts'
import { createTimelineTable } from './timeline-table.ts'

interface Tick {
  readonly x: number
  readonly y: number
  readonly ms: number
}

const SIZE = { laneHeight: 46, laneHead: 36, axisHeight: 22 } as const

/** Every speaker's emotion over time: a column for each utterance, its probabilities stacked; and the same as a table. */
export function createTimeline(select: (id: string) => void): View<PageState> {
  const axis = svg('g', { 'aria-hidden': 'true' })
  const lanes = svg('g')
  const drawing = svg(
    'svg',
    { class: 'timeline-drawing', role: 'group', 'aria-label': 'Emotion over time' },
    axis,
    lanes,
  )
  const scroller = h('div', { class: 'timeline-scroller' }, drawing)
  const names = h('div', { class: 'timeline-names', 'aria-hidden': 'true' })
  const table = createTimelineTable()
  const element = h(
    'section',
    { class: 'panel timeline', 'aria-labelledby': 'timeline-title' },
    h('h2', { id: 'timeline-title' }, 'Over time'),
    h('p', { class: 'hint' }, 'Each column is an utterance and its probabilities. Arrow keys move through them.'),
    h('div', { class: 'timeline-frame' }, scroller, names),
    table.element,
  )
  /** What the drawing was made of. */
  let shown: readonly unknown[] = []
  let last: PageState | undefined
  /** The newest is kept in sight until somebody scrolls away from it. */
  let following = true

  const showLanes = createKeyedList<ShownLane>(lanes, { key: ({ lane }) => lane.participant, create: createLane })
  const showTicks = createKeyedList<Tick>(axis, {
    key: ({ ms }) => String(ms),
    create({ ms }) {
      const tick = svg('g', { class: 'tick' }, svg('line', { y2: 6 }), svg('text', { x: 4, y: 16 }, clockTime(ms)))
      return { element: tick, update: ({ x, y }) => tick.setAttribute('transform', `translate(${x} ${y})`) }
    },
    same: (before, now) => before.x === now.x && before.y === now.y,
  })

  function draw(state: PageState): void {
    const { utterances, settings } = state.conversation
    const width = Math.max(240, scroller.clientWidth)
    const now = [utterances, settings, state.selected, width]
    if (now.every((part, i) => part === shown[i])) return
    shown = now
    const participants = settings?.participants ?? []
    const layout = layOutTimeline(
      utterances,
      participants.map(({ id }) => id),
      { ...SIZE, width },
    )
    drawing.setAttribute('viewBox', `0 0 ${layout.width} ${layout.height}`)
    drawing.setAttribute('width', String(layout.width))
    drawing.setAttribute('height', String(layout.height))
    const entry = state.selected ?? utterances.findLast(({ label }) => label !== undefined)?.id
    showTicks(layout.ticks.map((tick) => ({ ...tick, y: layout.height - SIZE.axisHeight })))
    showLanes(
      layout.lanes.map((lane, i) => ({
        lane,
        name: participants[i]?.name ?? lane.participant,
        width: layout.width,
        height: SIZE.laneHeight,
        entry,
        selected: state.selected,
      })),
    )
    names.replaceChildren(
      ...participants.map(({ id, name = id }, i) => {
        const text = h('span', {}, name)
        text.style.top = `${i * (SIZE.laneHeight + SIZE.laneHead)}px`
        return text
      }),
    )
    if (following) scroller.scrollLeft = scroller.scrollWidth
    table.update(state.conversation)
  }

  drawing.addEventListener('click', (event) => {
    const id = (event.target as Element).closest('[data-id]')?.getAttribute('data-id')
    if (id) select(id)
  })
  drawing.addEventListener('keydown', (event) => {
    const at = document.activeElement?.getAttribute('data-id')
    const target = at && neighbour(last?.conversation.utterances ?? [], at, event.key)
    if (!target) return
    event.preventDefault()
    select(target)
    drawing.querySelector<SVGElement>(`[data-id="${CSS.escape(target)}"]`)?.focus()
  })
  scroller.addEventListener('scroll', () => {
    following = scroller.scrollWidth - scroller.scrollLeft - scroller.clientWidth < 80
  })
  new ResizeObserver(() => last && draw(last)).observe(scroller)

  return {
    element,
    update(state) {
      last = state
      draw(state)
    },
  }
}

/** Left and right through the conversation, up and down through its speakers, to both ends. */
function neighbour(utterances: readonly ShownUtterance[], id: string, key: string): string | undefined {
  const labelled = utterances.filter(({ label }) => label !== undefined)
  const at = labelled.findIndex((utterance) => utterance.id === id)
  const here = labelled[at]
  if (here === undefined) return undefined
  const others = (list: readonly ShownUtterance[], forward: boolean): string | undefined =>
    (forward ? list.slice(at + 1) : list.slice(0, at).reverse()).find(
      ({ participant }) => participant !== here.participant,
    )?.id
  switch (key) {
    case 'ArrowRight':
      return labelled[at + 1]?.id
    case 'ArrowLeft':
      return labelled[at - 1]?.id
    case 'ArrowDown':
      return others(labelled, true)
    case 'ArrowUp':
      return others(labelled, false)
    case 'Home':
      return labelled[0]?.id
    case 'End':
      return labelled.at(-1)?.id
    case 'Enter':
    case ' ':
      return id
    default:
      return undefined
  }
}
