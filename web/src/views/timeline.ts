import { layOutTimeline, type TimelineColumn, type TimelineLane } from '../charts/timeline-layout.ts'
import { h, setText, svg } from '../dom.ts'
import { emotionName, emotionShort, emotionSign } from '../look/emotions.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { clockTime, percent, probabilityOf } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'

const SIZE = { laneHeight: 46, laneHead: 36, axisHeight: 22 } as const
/** A column narrower than this has no room for three letters; its sign stands there. */
const ROOM_FOR_LETTERS = 24
const ROOM_FOR_SIGN = 9

/** Every speaker's emotion over time: a column for each utterance, its probabilities stacked; and the same as a table. */
export function createTimeline(select: (id: string) => void): {
  readonly element: HTMLElement
  update(state: PageState): void
} {
  const drawing = svg('svg', { class: 'timeline-drawing', role: 'group', 'aria-label': 'Emotion over time' })
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
  let shown: { utterances: readonly ShownUtterance[]; selected: string | undefined; width: number } | undefined
  let last: PageState | undefined
  /** The newest is kept in sight until somebody scrolls away from it. */
  let following = true

  function draw(state: PageState): void {
    const { utterances, settings } = state.conversation
    const width = Math.max(240, scroller.clientWidth)
    if (shown?.utterances === utterances && shown.selected === state.selected && shown.width === width) return
    shown = { utterances, selected: state.selected, width }
    const participants = settings?.participants ?? []
    const layout = layOutTimeline(
      utterances,
      participants.map(({ id }) => id),
      { ...SIZE, width },
    )
    const focused = drawing.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-id')
      : undefined
    drawing.setAttribute('viewBox', `0 0 ${layout.width} ${layout.height}`)
    drawing.setAttribute('width', String(layout.width))
    drawing.setAttribute('height', String(layout.height))
    const entry = state.selected ?? utterances.findLast(({ label }) => label !== undefined)?.id
    drawing.replaceChildren(
      ...layout.ticks.map(({ x, ms }) =>
        svg(
          'g',
          { class: 'tick', 'aria-hidden': 'true' },
          svg('line', { x1: x, x2: x, y1: layout.height - SIZE.axisHeight, y2: layout.height - SIZE.axisHeight + 6 }),
          svg('text', { x: x + 4, y: layout.height - 6 }, clockTime(ms)),
        ),
      ),
      ...layout.lanes.map((lane, i) =>
        drawLane(lane, participants[i]?.name ?? lane.participant, layout.width, entry, state.selected),
      ),
    )
    names.replaceChildren(
      ...participants.map(({ id, name = id }, i) => {
        const text = h('span', {}, name)
        text.style.top = `${i * (SIZE.laneHeight + SIZE.laneHead)}px`
        return text
      }),
    )
    if (focused) drawing.querySelector<SVGElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus()
    if (following) scroller.scrollLeft = scroller.scrollWidth
    table.update(state)
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

function drawLane(
  lane: TimelineLane,
  name: string,
  width: number,
  entry: string | undefined,
  selected: string | undefined,
): SVGElement {
  return svg(
    'g',
    { class: 'lane', role: 'group', 'aria-label': name },
    svg('rect', { class: 'lane-ground', x: 0, y: lane.y, width, height: SIZE.laneHeight, rx: 3 }),
    ...lane.columns.map((column) =>
      drawColumn(column, lane.y, name, column.utterance.id === entry, column.utterance.id === selected),
    ),
  )
}

function drawColumn(
  { utterance, x, width, segments }: TimelineColumn,
  y: number,
  name: string,
  entry: boolean,
  selected: boolean,
): SVGElement {
  const label = utterance.label ?? ''
  const spoken = `${name}, ${clockTime(utterance.startMs)}: ${emotionName(label)}, ${percent(probabilityOf(utterance))}`
  const room = width >= ROOM_FOR_LETTERS ? emotionShort(label) : width >= ROOM_FOR_SIGN ? emotionSign(label) : ''
  return svg(
    'g',
    {
      class: 'column',
      'data-id': utterance.id,
      'data-selected': selected,
      'data-interim': utterance.phase === 'speaking',
      role: 'button',
      'aria-label': spoken,
      'aria-pressed': String(selected),
      // One stop for the Tab key; arrow keys do the rest.
      tabindex: entry ? 0 : -1,
    },
    svg('title', {}, spoken),
    ...segments.map((segment) =>
      svg('rect', {
        'data-emotion': segment.label,
        'data-top': segment.label === label,
        x,
        y: segment.y,
        width,
        height: segment.height,
      }),
    ),
    svg('rect', { class: 'column-frame', x: x - 1, y: y - 1, width: width + 2, height: SIZE.laneHeight + 2, rx: 2 }),
    svg('text', { class: 'column-text', x: x + width / 2, y: y - 5, 'data-emotion': label }, room),
  )
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

function createTimelineTable() {
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
