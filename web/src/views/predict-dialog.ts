import { h } from '../dom.ts'
import { emotionName } from '../look/emotions.ts'
import type { Api, ShownPrediction } from '../session/api.ts'
import { createBarTable } from './bars.ts'
import { consentFields, destination } from './consent.ts'
import { cancelButton, openDialog } from './dialog.ts'
import { createLabelMark } from './label-mark.ts'

const MODALITY_TITLES = { text: 'Words', audio: 'Voice', visual: 'Face' } as const

/** One photo, recording, video or sentence by itself, and what the recognisers say of it. */
export function openPredictDialog(api: Api, onResult: (text: string) => void): void {
  const results = h('div', { class: 'predictions', role: 'region', 'aria-label': 'Result', 'aria-live': 'polite' })
  const file = h('input', { type: 'file', name: 'file', accept: 'image/*,audio/*,video/*' })
  openDialog({
    title: 'Judge one file',
    stays: true,
    body: [
      h(
        'fieldset',
        {},
        h('legend', {}, 'What'),
        h('label', { class: 'field' }, h('span', {}, 'A photo, a recording or a video'), file),
        h(
          'label',
          { class: 'check' },
          h('input', { type: 'checkbox', name: 'whole' }),
          h('span', {}, 'The photo is a cut-out face'),
        ),
        h(
          'label',
          { class: 'field' },
          h('span', {}, 'Or a sentence'),
          h('input', { name: 'text', maxlength: 8_192, autocomplete: 'off' }),
        ),
      ),
      consentFields(
        [
          'Taken: the file or sentence that you choose.',
          destination(location),
          'It is deleted as soon as it has been judged; nothing of it is kept.',
        ],
        'Whoever is heard or seen has been told this and agrees.',
      ),
      results,
    ],
    actions: [cancelButton('Close'), h('button', { type: 'submit', class: 'primary' }, 'Judge')],
    async onSubmit(form) {
      results.replaceChildren()
      const predictions = await api.predict(uploadOf(form))
      results.replaceChildren(...predictions.map(prediction))
      onResult(predictions.map(inWords).join('. '))
      results.scrollIntoView({ block: 'nearest' })
    },
  })
}

/** The fields of `POST /v1/predict`; the kind of the file says which recogniser looks at it. */
function uploadOf(form: FormData): FormData {
  const upload = new FormData()
  const file = form.get('file')
  const text = String(form.get('text') ?? '').trim()
  // Without a file that was chosen, browsers give one without a name.
  if (file instanceof File && file.name !== '') upload.append(kindOf(file), file)
  if (text !== '') upload.append('text', text)
  if ([...upload.keys()].length === 0)
    throw new Error('There is nothing to judge yet: choose a file or write a sentence.')
  upload.append('whole', String(form.has('whole')))
  upload.append('consent', String(form.has('consent')))
  upload.append('purpose', String(form.get('purpose') ?? ''))
  return upload
}

function kindOf({ name, size, type }: File): string {
  if (size === 0) throw new Error(`${name} is empty. Choose a photo, a recording or a video that plays.`)
  const kind = type.split('/')[0]!
  if (['image', 'audio', 'video'].includes(kind)) return kind
  const got = type === '' ? 'a file of an unknown kind' : type
  throw new Error(`Expected a photo, a recording or a video, got ${got}: ${name}. Choose another file.`)
}

function prediction(said: ShownPrediction): HTMLElement {
  const { modality, model, remarks = [] } = said
  const title = h('h3', {}, `${MODALITY_TITLES[modality]} `, h('small', {}, model))
  const notes = remarks.map((remark) => h('p', { class: 'hint' }, `Note: ${remark}.`))
  if ('missing' in said) return h('section', {}, title, h('p', {}, `No label: ${said.missing}.`), ...notes)
  const { label, probabilities } = said
  const bars = createBarTable(`Probabilities by ${model}`)
  bars.update(probabilities)
  const mark = createLabelMark()
  mark.update(label)
  return h(
    'section',
    { class: 'prediction', 'data-emotion': label },
    title,
    h('p', { class: 'prediction-label' }, mark.element),
    bars.element,
    ...notes,
  )
}

const inWords = (said: ShownPrediction): string =>
  `${MODALITY_TITLES[said.modality]}: ${'missing' in said ? said.missing : emotionName(said.label)}`
