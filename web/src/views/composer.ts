import { h, setText, type View } from '../dom.ts'
import { nameOf } from '../state/figures.ts'
import { type DeviceState, type PageState, switchesOf } from '../state/page-state.ts'

/** Words as they are typed: each speaker's own draft and when it was begun. */
interface Draft {
  readonly text: string
  readonly startMs: number
  /** The server has been told of it. */
  readonly told: boolean
}

export interface ComposerActions {
  nowMs(): number
  chooseSpeaker(id: string): void
  /** At most once a second while somebody types. */
  interim(speaker: string, text: string, startMs: number, endMs: number): void
  /** What was told of is not going to be said. */
  takeBack(speaker: string): void
  say(speaker: string, text: string, startMs: number, endMs: number): void
  toggle(device: 'microphone' | 'camera'): void
  /** Who writes the words: whoever types, or the server. */
  switchWriter(): void
  preview(): MediaStream | undefined
}

const INTERIM_EVERY_MS = 1_000

/** Where a meeting is spoken: who speaks, microphone and camera, the words. */
export function createComposer(actions: ComposerActions): View<PageState> & { setLevel(level: number): void } {
  const drafts = new Map<string, Draft>()
  const speakers = h('div', { class: 'speakers', role: 'radiogroup', 'aria-label': 'Who speaks' })
  const input = h('input', {
    class: 'say',
    name: 'say',
    'aria-label': 'What is said',
    autocomplete: 'off',
    maxlength: 8_192,
    enterkeyhint: 'send',
  })
  const send = h('button', { type: 'submit', class: 'primary' }, 'Say')
  const dictation = h('p', { class: 'hint' })
  const writer = h('button', { type: 'button', class: 'plain writer', onclick: actions.switchWriter })
  const meter = h('meter', { min: 0, max: 1, value: 0, 'aria-label': 'Microphone level' })
  const microphone = deviceButton('Microphone', () => actions.toggle('microphone'))
  const camera = deviceButton('Camera', () => actions.toggle('camera'))
  const preview = h('video', { class: 'preview', 'aria-label': 'Camera preview', autoplay: true, playsinline: true })
  preview.muted = true
  const words = h('form', { class: 'say-row' }, input, send)
  const element = h(
    'section',
    { class: 'composer', 'aria-label': 'Speak' },
    h(
      'div',
      { class: 'composer-head' },
      speakers,
      h('div', { class: 'devices' }, preview, microphone.element, meter, camera.element),
    ),
    words,
    h('div', { class: 'writer-row' }, dictation, writer),
  )
  let speaker = ''
  let ids = ''
  let session = ''
  let lastInterim = 0

  input.addEventListener('input', () => {
    const nowMs = actions.nowMs()
    const text = input.value
    const before = drafts.get(speaker)
    if (text.trim() === '') {
      if (before?.told) actions.takeBack(speaker)
      return drafts.delete(speaker)
    }
    const startMs = before?.startMs ?? nowMs
    // Half a word says nothing.
    const words = /^.*\s/.exec(text)?.[0].trim() ?? ''
    const due = words !== '' && performance.now() - lastInterim >= INTERIM_EVERY_MS
    drafts.set(speaker, { text, startMs, told: due || before?.told === true })
    if (!due) return
    lastInterim = performance.now()
    actions.interim(speaker, words, startMs, Math.max(startMs, nowMs))
  })
  words.addEventListener('submit', (event) => {
    event.preventDefault()
    const draft = drafts.get(speaker)
    if (draft === undefined) return
    drafts.delete(speaker)
    input.value = ''
    actions.say(speaker, draft.text.trim(), draft.startMs, Math.max(draft.startMs, actions.nowMs()))
  })

  function showDraft(of: string): void {
    if (of === speaker) return
    speaker = of
    input.value = drafts.get(speaker)?.text ?? ''
  }

  /** At once, not when the page is drawn next: what is typed meanwhile is already the new speaker's. */
  function choose(id: string): void {
    showDraft(id)
    actions.chooseSpeaker(id)
  }

  /** Nothing of what was being typed goes over into another conversation. */
  function begin(conversation: string): void {
    session = conversation
    speaker = ''
    input.value = ''
    drafts.clear()
  }

  return {
    element,
    setLevel: (level) => {
      // Loudness is heard in decibels: -60 dB and below is nothing.
      meter.value = level === 0 ? 0 : Math.max(0, 1 + (20 * Math.log10(level)) / 60)
    },
    update(state) {
      const { conversation, connection, kind } = state
      const { sessionId, settings, model } = conversation
      // Until it stands there is nobody to send words to.
      const here = connection === 'open' || connection === 'resuming'
      element.hidden = kind !== 'meeting' || !here || conversation.closed !== undefined
      if (sessionId !== undefined && sessionId !== session) begin(sessionId)
      const participants = settings?.participants ?? []
      const now = participants.map(({ id, name }) => `${id} ${name}`).join('\n')
      if (now !== ids) {
        ids = now
        speakers.replaceChildren(
          ...participants.map(({ id, name }) =>
            h(
              'label',
              { class: 'pick' },
              h('input', { type: 'radio', name: 'speaker', value: id, onchange: () => choose(id) }),
              h('span', {}, name ?? id),
            ),
          ),
        )
      }
      for (const radio of speakers.querySelectorAll('input')) radio.checked = radio.value === state.speaker
      showDraft(state.speaker)
      input.placeholder = `${nameOf(settings, speaker)} says …`
      const typed = switchesOf(state)?.segmentation !== 'server'
      words.hidden = !typed
      setText(dictation, typed ? '' : dictationHint(state.microphone, model?.speech_recogniser ?? undefined))
      setText(writer, typed ? 'Speak instead of typing' : 'Type instead')
      microphone.update(state.microphone)
      camera.update(state.camera)
      meter.hidden = state.microphone === 'off'
      preview.hidden = state.camera !== 'on'
      const stream = actions.preview() ?? null
      if (preview.srcObject !== stream) preview.srcObject = stream
    },
  }
}

function dictationHint(microphone: DeviceState, recogniser: string | undefined): string {
  const speak = microphone === 'on' ? 'Speak' : 'Switch the microphone on and speak'
  return recogniser === undefined
    ? `${speak}: the server hears where utterances begin and end. It has no speech recogniser, so they are judged without words.`
    : `${speak}: the server hears where utterances begin and end, and writes down the words.`
}

function deviceButton(name: string, toggle: () => void): View<DeviceState> {
  const state = h('span', { class: 'device-state' })
  const element = h('button', { type: 'button', class: 'device', onclick: toggle }, h('span', {}, name), state)
  return {
    element,
    update(device) {
      element.dataset.state = device
      element.setAttribute('aria-pressed', String(device === 'on'))
      setText(state, device)
    },
  }
}
