import type { QualityLevel } from '../../../src/server/protocol/server-messages.ts'
import { h, setText, type View } from '../dom.ts'
import { latencyFigures } from '../state/figures.ts'
import type { PageState } from '../state/page-state.ts'

const QUALITY_TEXTS: Readonly<Record<QualityLevel, string>> = {
  full: 'full',
  less_video: 'reduced: fewer pictures',
  no_video: 'reduced: no pictures',
  no_interim: 'reduced: no labels while somebody speaks',
  text_only: 'reduced: words alone',
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

/** How well the server keeps up. */
export function createService(): View<PageState> {
  const fields = [
    'Last label after',
    'Half within',
    '95 of 100 within',
    'Quality',
    'Sending',
    'Media not used',
    'Model',
  ] as const
  const values = new Map(fields.map((name) => [name, h('dd', { class: 'figure' })]))
  const element = h(
    'section',
    { class: 'panel service', 'aria-labelledby': 'service-title' },
    h('h2', { id: 'service-title' }, 'Latency and quality'),
    h('dl', {}, ...fields.map((name) => h('div', {}, h('dt', {}, name), values.get(name)))),
  )
  const set = (name: (typeof fields)[number], text: string): void => setText(values.get(name)!, text)

  return {
    element,
    update({ conversation }) {
      const latency = latencyFigures(conversation.utterances)
      set('Last label after', latency === undefined ? '–' : milliseconds(latency.lastMs))
      set('Half within', latency === undefined ? '–' : milliseconds(latency.medianMs))
      set('95 of 100 within', latency === undefined ? '–' : milliseconds(latency.p95Ms))
      set('Quality', QUALITY_TEXTS[conversation.quality?.level ?? 'full'])
      const { droppedFrames, lastDrop, heldBack } = conversation
      set('Sending', heldBack === undefined ? 'as it comes' : `held back: ${heldBack}`)
      set('Media not used', droppedFrames === 0 ? 'none' : `${droppedFrames} frames (last: ${lastDrop})`)
      set('Model', conversation.model?.name ?? '–')
    },
  }
}
