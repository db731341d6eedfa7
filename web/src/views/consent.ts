import { h } from '../dom.ts'

/**
 * What is taken, where it goes, how long it stays, and the two things that only a person can say: what for, and that
 * everybody agrees.
 *
 * @param taken what leaves this computer, as sentences
 */
export function consentFields(taken: readonly string[], agreement: string): HTMLElement {
  return h(
    'fieldset',
    { class: 'consent' },
    h('legend', {}, 'Consent'),
    h('ul', {}, ...taken.map((text) => h('li', {}, text))),
    h(
      'p',
      { class: 'law' },
      h('strong', {}, 'At work and in education this is banned in the EU. '),
      'Article 5(1)(f) of the EU AI Act forbids inferring the emotions of people from their voice or face there, save for medical or safety reasons. A label is a guess about how something sounds, not knowledge of what somebody feels.',
    ),
    h(
      'label',
      { class: 'field' },
      h('span', {}, 'What are the labels for?'),
      h('input', {
        name: 'purpose',
        required: true,
        maxlength: 512,
        // Blanks are no purpose.
        pattern: '.*\\S.*',
        title: 'Say in a few words what the labels are for.',
        placeholder: 'for example: notes of this meeting',
        autocomplete: 'off',
      }),
    ),
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'checkbox', name: 'consent', required: true }),
      h('span', {}, agreement),
    ),
  )
}

/** Where things go, in words: this server and nobody else. */
export const destination = ({ host, hostname }: Location): string =>
  hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
    ? 'It goes to the Emograph server on this computer, and nowhere else.'
    : `It goes to the Emograph server at ${host}, and nowhere else.`
