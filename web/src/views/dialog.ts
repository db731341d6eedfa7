import { type Child, h } from '../dom.ts'
import { messageOf } from '../state/page-state.ts'

export interface DialogOptions {
  readonly title: string
  readonly body: readonly Child[]
  readonly actions: readonly Child[]
  /** Called when its form is sent. A rejection is shown in the dialog, which stays. */
  readonly onSubmit: (form: FormData) => Promise<void>
  /** It stays after its form was sent, so that it can be sent again. */
  readonly stays?: boolean
}

/** A modal dialog that is made when it is asked for: the browser keeps the focus in it and gives it back. */
export function openDialog({ title, body, actions, onSubmit, stays = false }: DialogOptions): void {
  const titleId = `dialog-${crypto.randomUUID()}`
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true })
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: titleId }, title),
    ...body,
    problem,
    h('div', { class: 'dialog-actions' }, ...actions),
  )
  const element = h('dialog', { class: 'dialog', 'aria-labelledby': titleId }, form)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const submit = form.querySelector<HTMLButtonElement>('button[type=submit]')
    problem.hidden = true
    if (submit !== null) submit.disabled = true
    onSubmit(new FormData(form))
      .then(() => {
        if (!stays) element.close()
      })
      .catch((error: unknown) => {
        problem.textContent = messageOf(error)
        problem.hidden = false
      })
      .finally(() => {
        if (submit !== null) submit.disabled = false
      })
  })
  element.addEventListener('close', () => {
    element.remove()
    // What it was opened from may be gone.
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true })
  })
  document.body.append(element)
  element.showModal()
}

export const cancelButton = (text = 'Cancel'): HTMLButtonElement =>
  h(
    'button',
    {
      type: 'button',
      class: 'plain',
      onclick: (event) => (event.currentTarget as Element).closest('dialog')?.close(),
    },
    text,
  )
