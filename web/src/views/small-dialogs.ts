import { h } from '../dom.ts'
import { cancelButton, openDialog } from './dialog.ts'

/** Asks for the server's access token. */
export function openTokenDialog(tryToken: (token: string) => Promise<void>): void {
  openDialog({
    title: 'This server asks for an access token',
    body: [
      h('p', {}, 'Whoever runs the server has it. It stays in this tab and is forgotten when the tab is closed.'),
      h(
        'label',
        { class: 'field' },
        h('span', {}, 'Access token'),
        h('input', { name: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false' }),
      ),
    ],
    actions: [cancelButton(), h('button', { type: 'submit', class: 'primary' }, 'Use it')],
    onSubmit: (form) => tryToken(String(form.get('token')).trim()),
  })
}

/** Makes sure before a conversation is deleted. */
export function openDeleteDialog(remove: () => Promise<void>): void {
  openDialog({
    title: 'Delete this conversation?',
    body: [
      h('p', {}, 'Words, labels and everything else that the server keeps of it are erased. This cannot be undone.'),
    ],
    actions: [cancelButton('Keep it'), h('button', { type: 'submit', class: 'danger' }, 'Delete everything')],
    onSubmit: remove,
  })
}
