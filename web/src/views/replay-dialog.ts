import { h } from '../dom.ts'
import { readRecording } from '../session/parse-recording.ts'
import type { ReplayPlan } from '../session/plans.ts'
import { bundledRecordings } from '../session/recordings.ts'
import { cancelButton, openDialog } from './dialog.ts'
import { speedOptions } from './replay-bar.ts'

const MODE_TEXTS = {
  live: 'live: a label is final when it is given',
  offline: 'offline: later words may revise it',
} as const

/** Which recorded conversation is played, and how fast. */
export function openReplayDialog(start: (plan: ReplayPlan) => Promise<void>): void {
  const bundled = bundledRecordings()
  const own = h('input', {
    type: 'file',
    name: 'file',
    accept: '.vtt,.jsonl,text/vtt,application/jsonl',
    'aria-label': 'A file of yours',
  })
  const ownChoice = h('input', { type: 'radio', name: 'recording', value: '' })
  const mayBeUsed = h('input', { type: 'checkbox', name: 'allowed' })
  own.addEventListener('change', () => {
    ownChoice.checked = true
  })
  openDialog({
    title: 'Replay a conversation',
    body: [
      h(
        'fieldset',
        {},
        h('legend', {}, 'Which one'),
        ...bundled.map(({ key, title, description }, i) =>
          h(
            'label',
            { class: 'check' },
            h('input', { type: 'radio', name: 'recording', value: key, checked: i === 0 }),
            h('span', {}, h('strong', {}, title), `. ${description}`),
          ),
        ),
        h(
          'label',
          { class: 'check' },
          ownChoice,
          h(
            'span',
            {},
            h('strong', {}, 'A file of yours'),
            '. WebVTT (.vtt) or JSON lines (.jsonl), of which the words are played',
          ),
        ),
        own,
        h(
          'label',
          { class: 'check' },
          mayBeUsed,
          h('span', {}, 'Whoever is heard in my file agrees to this use of it.'),
        ),
      ),
      h(
        'div',
        { class: 'row' },
        h('label', { class: 'field' }, h('span', {}, 'Speed'), h('select', { name: 'speed' }, ...speedOptions(4))),
        h(
          'label',
          { class: 'field' },
          h('span', {}, 'Mode'),
          h(
            'select',
            { name: 'mode' },
            ...Object.entries(MODE_TEXTS).map(([value, text]) => h('option', { value }, text)),
          ),
        ),
      ),
    ],
    actions: [cancelButton(), h('button', { type: 'submit', class: 'primary' }, 'Replay')],
    async onSubmit(form) {
      const how = {
        mode: form.get('mode') === 'offline' ? 'offline' : 'live',
        speed: Number(form.get('speed')),
      } as const
      const chosen = bundled.find(({ key }) => key === form.get('recording'))
      if (chosen !== undefined)
        return start({ ...how, conversation: chosen.conversation, title: chosen.title, bundled: chosen.key })
      const file = own.files?.[0]
      if (file === undefined) throw new Error('No file is chosen: choose a WebVTT or JSONL file of yours.')
      if (!mayBeUsed.checked) throw new Error('Whoever is heard in the file has to agree: tick that they do.')
      const [conversation, ...others] = await readRecording(file)
      const title = others.length === 0 ? file.name : `${file.name} (the first of ${others.length + 1})`
      await start({ ...how, conversation: conversation!, title })
    },
  })
}
