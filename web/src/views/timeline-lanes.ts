import type { TimelineColumn, TimelineLane } from '../charts/timeline-layout.ts'
import { createKeyedList, setAttributes, svg, type View } from '../dom.ts'
import { emotionName, emotionShort, emotionSign } from '../look/emotions.ts'
import { clockTime, percent, probabilityOf } from '../state/figures.ts'

/** One lane with what its drawing depends on beside its layout. */
export interface ShownLane {
  readonly lane: TimelineLane
  readonly name: string
  readonly width: number
  readonly height: number
  /** The utterance that the Tab key comes to. */
  readonly entry: string | undefined
  readonly selected: string | undefined
}

interface ShownColumn {
  readonly column: TimelineColumn
  readonly lane: ShownLane
  readonly entry: boolean
  readonly selected: boolean
}

/** A column narrower than this has no room for three letters; its sign stands there. */
const ROOM_FOR_LETTERS = 24
const ROOM_FOR_SIGN = 9

/** The columns of one speaker. A column is drawn again only when something of it has changed. */
export function createLane(): View<ShownLane, SVGGElement> {
  const ground = svg('rect', { class: 'lane-ground', x: 0, rx: 3 })
  const columns = svg('g')
  const element = svg('g', { class: 'lane', role: 'group' }, ground, columns)
  const show = createKeyedList<ShownColumn>(columns, {
    key: ({ column }) => column.utterance.id,
    create({ column }) {
      const drawn = svg('g', { class: 'column', 'data-id': column.utterance.id, role: 'button' })
      return { element: drawn, update: (now) => drawColumn(drawn, now) }
    },
    same: sameColumn,
  })
  return {
    element,
    update(lane) {
      element.setAttribute('aria-label', lane.name)
      setAttributes(ground, { y: lane.lane.y, width: lane.width, height: lane.height })
      show(
        lane.lane.columns.map((column) => ({
          column,
          lane,
          entry: column.utterance.id === lane.entry,
          selected: column.utterance.id === lane.selected,
        })),
      )
    },
  }
}

const sameColumn = (before: ShownColumn, now: ShownColumn): boolean =>
  before.column.utterance === now.column.utterance &&
  before.column.x === now.column.x &&
  before.column.width === now.column.width &&
  before.lane.lane.y === now.lane.lane.y &&
  before.lane.name === now.lane.name &&
  before.entry === now.entry &&
  before.selected === now.selected

function drawColumn(element: SVGGElement, { column, lane, entry, selected }: ShownColumn): void {
  const { utterance, x, width, segments } = column
  const { y } = lane.lane
  const label = utterance.label ?? ''
  const spoken = `${lane.name}, ${clockTime(utterance.startMs)}: ${emotionName(label)}, ${percent(probabilityOf(utterance))}`
  const text = width >= ROOM_FOR_LETTERS ? emotionShort(label) : width >= ROOM_FOR_SIGN ? emotionSign(label) : ''
  setAttributes(element, {
    'data-selected': selected,
    'data-interim': utterance.phase === 'speaking',
    'aria-label': spoken,
    'aria-pressed': String(selected),
    // One stop for the Tab key; arrow keys do the rest.
    tabindex: entry ? 0 : -1,
  })
  element.replaceChildren(
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
    svg('rect', { class: 'column-frame', x: x - 1, y: y - 1, width: width + 2, height: lane.height + 2, rx: 2 }),
    svg('text', { class: 'column-text', x: x + width / 2, y: y - 5, 'data-emotion': label }, text),
  )
}
