import type { Modality } from '../../../src/conversation/modality.ts'
import type { Mode } from '../../../src/conversation/mode.ts'
import type { Segmentation } from '../../../src/server/protocol/fields.ts'
import { h } from '../dom.ts'
import { canCapture, type Device, listDevices } from '../media/devices.ts'
import type { ServedModelFacts } from '../session/api.ts'
import type { DeviceChoice } from '../session/capture.ts'
import type { MeetingPlan } from '../session/plans.ts'
import { consentFields, destination } from './consent.ts'
import { cancelButton, openDialog } from './dialog.ts'

export interface MeetingStart extends MeetingPlan {
  readonly devices: DeviceChoice
}

/** Who takes part, what is taken, and that they agree; nothing is opened before this is sent. */
export function openStartDialog(
  model: ServedModelFacts | undefined,
  start: (meeting: MeetingStart) => Promise<void>,
): void {
  // The dialog does not wait for it; where it fails, the browser chooses.
  const devices = listDevices().catch(() => ({ microphones: [], cameras: [] }))
  const judges = (modality: Modality): boolean => model?.modalities.includes(modality) ?? true
  openDialog({
    title: 'Start a meeting',
    body: [
      participantFields(),
      h(
        'fieldset',
        {},
        h('legend', {}, 'This computer'),
        ...(canCapture()
          ? [
              deviceField(
                'microphone',
                'Microphone',
                devices.then(({ microphones }) => microphones),
                judges('audio'),
              ),
              deviceField(
                'camera',
                'Camera',
                devices.then(({ cameras }) => cameras),
                judges('visual'),
              ),
            ]
          : [
              h(
                'p',
                { class: 'hint' },
                'The browser gives microphone and camera only to pages over https or from this computer itself. Words can be typed.',
              ),
            ]),
        segmentationFields(model),
      ),
      consentFields(
        [
          'Taken: what you type, and while they are switched on the sound of the microphone and five pictures a second of the camera.',
          destination(location),
          `Sound and pictures are turned into numbers at once and are not written down. Words and labels are kept, so that a lost connection loses nothing, until you delete them here${retention(model)}.`,
        ],
        'Everybody who is named, heard or seen has been told this and agrees.',
      ),
    ],
    actions: [cancelButton(), h('button', { type: 'submit', class: 'primary' }, 'Start')],
    onSubmit: (form) => start(meetingOf(form)),
  })
}

const DAY_MS = 24 * 3_600_000

function retention(model: ServedModelFacts | undefined): string {
  const ms = model?.retention_ms
  if (ms == null) return ''
  const days = Math.round(ms / DAY_MS)
  return days >= 1 ? `, or for ${days} ${days === 1 ? 'day' : 'days'}` : `, or for ${Math.ceil(ms / 3_600_000)} hours`
}

function participantFields(): HTMLElement {
  const rows = h('div', { class: 'participants' })
  function add(): HTMLInputElement {
    const number = rows.childElementCount + 1
    const input = h('input', {
      name: 'participant',
      'aria-label': `Name of participant ${number}`,
      placeholder: number === 1 ? 'Your name' : `Participant ${number}`,
      maxlength: 256,
      autocomplete: 'off',
    })
    const row = h('div', { class: 'participant-row' }, input)
    if (number > 1)
      row.append(
        h(
          'button',
          { type: 'button', class: 'plain', 'aria-label': `Remove participant ${number}`, onclick: () => row.remove() },
          '×',
        ),
      )
    rows.append(row)
    return input
  }
  add()
  return h(
    'fieldset',
    {},
    h('legend', {}, 'Who takes part'),
    rows,
    h('button', { type: 'button', class: 'plain add', onclick: () => add().focus() }, '+ Add a person'),
    h(
      'p',
      { class: 'hint' },
      'Several people can share this computer: whoever is chosen as speaker is the one who types, is heard and is seen.',
    ),
  )
}

/** @param used the model judges by what it gives; otherwise there is no reason to take it */
function deviceField(
  name: 'microphone' | 'camera',
  title: string,
  devices: Promise<readonly Device[]>,
  used: boolean,
): HTMLElement {
  const select = h(
    'select',
    { name: `${name}-device`, 'aria-label': `Which ${name}` },
    h('option', { value: '' }, 'The browser’s choice'),
  )
  void devices.then((found) => {
    const named = found.filter((device) => device.name !== '')
    select.append(...named.map((device) => h('option', { value: device.id }, device.name)))
  })
  return h(
    'div',
    { class: 'device-row' },
    h('label', { class: 'check' }, h('input', { type: 'checkbox', name, checked: used }), h('span', {}, title)),
    select,
    used ? undefined : h('p', { class: 'hint unused' }, 'The model of this server does not judge by it.'),
  )
}

function segmentationFields(model: ServedModelFacts | undefined): HTMLElement {
  const recogniser = model?.speech_recogniser
  const spoken =
    typeof recogniser === 'string'
      ? `The server writes down what is said (${recogniser})`
      : 'Nobody: utterances are cut by voice activity and judged from voice and face'
  const choice = (value: Segmentation, text: string): HTMLElement =>
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'radio', name: 'segmentation', value, checked: value === 'client' }),
      h('span', {}, text),
    )
  return h(
    'div',
    { class: 'choices', role: 'radiogroup', 'aria-label': 'Who writes the words' },
    h('p', { class: 'hint' }, 'Who writes the words?'),
    choice('client', 'I type them'),
    choice('server', spoken),
  )
}

function meetingOf(form: FormData): MeetingStart {
  const names = form.getAll('participant').map((name) => String(name).trim())
  const given = names.filter((name, i) => name !== '' || i === 0)
  const device = (name: string) => {
    const deviceId = String(form.get(`${name}-device`) ?? '')
    return { wanted: form.has(name), deviceId: deviceId === '' ? undefined : deviceId }
  }
  const mode: Mode = 'live'
  return {
    participants: given.map((name, i) => ({ id: `p${i + 1}`, name: name === '' ? 'You' : name })),
    purpose: String(form.get('purpose')).trim(),
    segmentation: form.get('segmentation') === 'server' ? 'server' : 'client',
    mode,
    devices: { microphone: device('microphone'), camera: device('camera') },
  }
}
