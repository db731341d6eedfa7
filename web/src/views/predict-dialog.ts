import { h } from '../dom.ts'
import { emotionName, emotionSign } from '../look/emotions.ts'
import type { Api, ShownPrediction } from '../session/api.ts'
import { createBarTable } from './bars.ts'
import { consentFields, destination } from './consent.ts'
import { openDialog } from './dialog.ts'

const MODALITY_TITLES = { text: 'Words', audio: 'Voice', visual: 'Face' } as const

/** One photo, recording, video or sentence by itself, and what the recognisers say of it. */
export function openPredictDialog(api: Api, onResult: (text: string) => void): void {
  const results = h('div', { class: 'predictions', role: 'region', 'aria-label': 'Result', 'aria-live': 'polite' })
  const file = h('input', { type: 'file', name: 'file', accept: 'image/*,audio/*,video/*' })
  const dialog = openDialog({
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
    actions: [
      h('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, 'Close'),
      h('button', { type: 'submit', class: 'primary' }, 'Judge'),
    ],
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
  if (file instanceof File && file.size > 0) {
    const kind = file.type.split('/')[0]!
    if (kind !== 'image' && kind !== 'audio' && kind !== 'video')
      throw new Error('Choose a photo, a recording or a video.')
    upload.append(kind, file)
  }
  if (text !== '') upload.append('text', text)
  if ([...upload.keys()].length === 0) throw new Error('Choose a file or write a sentence.')
  upload.append('whole', String(form.has('whole')))
  upload.append('consent', String(form.has('consent')))
  upload.append('purpose', String(form.get('purpose') ?? ''))
  return upload
}

function prediction(said: ShownPrediction): HTMLElement {
  const { modality, model } = said
  const title = h('h3', {}, `${MODALITY_TITLES[modality]} `, h('small', {}, model))
  if ('missing' in said) return h('section', {}, title, h('p', {}, `No label: ${said.missing}.`))
  const { label, probabilities } = said
  const bars = createBarTable(`Probabilities by ${model}`)
  bars.update(probabilities)
  return h(
    'section',
    { class: 'prediction', 'data-emotion': label },
    title,
    h(
      'p',
      { class: 'prediction-label' },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, emotionSign(label)),
      emotionName(label),
    ),
    bars.element,
  )
}

const inWords = (said: ShownPrediction): string =>
  `${MODALITY_TITLES[said.modality]}: ${'missing' in said ? said.missing : emotionName(said.label)}`
