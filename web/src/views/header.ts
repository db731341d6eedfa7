import { MODES, type Mode } from '../../../src/conversation/mode.ts'
import { h, setText, svg, type View } from '../dom.ts'
import { THEMES, type Theme, type ThemeSwitch } from '../look/theme.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../session/api.ts'
import { type Connection, type PageState, switchesOf } from '../state/page-state.ts'

export interface HeaderActions {
  setMode(mode: Mode): void
  end(): void
  leave(): void
  exportAs(format: ExportFormat): void
  remove(): void
}

const CONNECTION_TEXTS: Readonly<Record<Connection, string>> = {
  none: 'not connected',
  connecting: 'connecting',
  open: 'connected',
  resuming: 'reconnecting',
  closed: 'ended',
}

const MODE_TITLES: Readonly<Record<Mode, string>> = { live: 'Live', offline: 'Offline' }
const MODE_HINTS: Readonly<Record<Mode, string>> = {
  live: 'A label is final when it is given',
  offline: 'Later words may revise earlier labels',
}

/** Name, connection, the switch live/offline, what can be done with the conversation, light and dark. */
export function createHeader(actions: HeaderActions, theme: ThemeSwitch): View<PageState> {
  const connection = h(
    'span',
    { class: 'connection' },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', { role: 'status' }),
  )
  const modes = modeSwitch(actions.setMode)
  const menu = conversationMenu(actions)
  const element = h(
    'header',
    { class: 'header' },
    h(
      'button',
      { type: 'button', class: 'wordmark plain', 'aria-label': 'Emograph: to the beginning', onclick: actions.leave },
      logo(),
      h('span', {}, 'Emograph'),
    ),
    connection,
    h('div', { class: 'header-tools' }, modes.element, menu.element, themeSelect(theme)),
  )
  return {
    element,
    update(state) {
      connection.hidden = state.screen === 'home'
      connection.dataset.state = state.connection
      const next = state.retryInS === undefined ? '' : `, next attempt in ${state.retryInS} s`
      setText(connection.lastElementChild!, `${CONNECTION_TEXTS[state.connection]}${next}`)
      modes.update(state)
      menu.update(state)
    },
  }
}

function modeSwitch(setMode: (mode: Mode) => void): View<PageState> {
  const radios = MODES.map((mode) =>
    h('input', { type: 'radio', name: 'mode', value: mode, onchange: () => setMode(mode) }),
  )
  const hint = h('span', { class: 'mode-hint' })
  const element = h(
    'fieldset',
    { class: 'segmented' },
    h('legend', { class: 'visually-hidden' }, 'Mode'),
    ...MODES.map((mode, i) =>
      h('label', { class: 'pick', title: MODE_HINTS[mode] }, radios[i], h('span', {}, MODE_TITLES[mode])),
    ),
    hint,
  )
  return {
    element,
    update(state) {
      const { conversation, connection } = state
      const mode = switchesOf(state)?.mode
      element.hidden = mode === undefined
      element.disabled = connection === 'closed' || conversation.closed !== undefined
      for (const radio of radios) {
        radio.checked = radio.value === mode
        radio.disabled = !(conversation.model?.modes ?? MODES).some((known) => known === radio.value)
      }
      setText(hint, mode === undefined ? '' : MODE_HINTS[mode])
    },
  }
}

function conversationMenu(actions: HeaderActions): View<PageState> {
  const item = (text: string, act: () => void, name = ''): HTMLButtonElement =>
    h(
      'button',
      {
        type: 'button',
        class: `menu-item ${name}`,
        onclick: () => {
          list.hidePopover()
          act()
        },
      },
      text,
    )
  const end = item('End the conversation', actions.end)
  const list = h(
    'div',
    { class: 'menu', id: 'conversation-menu', popover: 'auto' },
    h('p', { class: 'menu-title' }, 'Export'),
    ...Object.entries(EXPORT_FORMATS).map(([format, title]) =>
      item(title, () => actions.exportAs(format as ExportFormat)),
    ),
    h('hr'),
    end,
    item('Delete everything …', actions.remove, 'danger'),
  )
  const button = h(
    'button',
    { type: 'button', class: 'plain', popovertarget: 'conversation-menu', 'aria-haspopup': 'true' },
    'Conversation ▾',
  )
  const element = h('div', { class: 'menu-holder' }, button, list)
  return {
    element,
    update({ conversation, connection }) {
      element.hidden = conversation.sessionId === undefined
      end.disabled = connection === 'closed' || conversation.closed !== undefined
    },
  }
}

function themeSelect(theme: ThemeSwitch): HTMLElement {
  const titles: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' }
  const select = h(
    'select',
    { class: 'theme', 'aria-label': 'Light or dark' },
    ...THEMES.map((name) => h('option', { value: name, selected: name === theme.theme }, titles[name])),
  )
  select.addEventListener('change', () => theme.set(THEMES.find((name) => name === select.value) ?? 'system'))
  return select
}

const logo = (): SVGSVGElement =>
  svg(
    'svg',
    { viewBox: '0 0 32 32', width: 26, height: 26, 'aria-hidden': 'true' },
    svg('path', { d: 'M6 21 L16 9 L26 19', class: 'logo-line' }),
    svg('circle', { cx: 6, cy: 21, r: 4.5, 'data-emotion': 'sad' }),
    svg('circle', { cx: 16, cy: 9, r: 5.5, 'data-emotion': 'hap' }),
    svg('circle', { cx: 26, cy: 19, r: 4.5, 'data-emotion': 'exc' }),
  )
