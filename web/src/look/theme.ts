/** `system` follows prefers-color-scheme. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'emograph.theme'

/** The choice of light or dark, kept for the next visit. */
export interface ThemeSwitch {
  readonly theme: Theme
  set(theme: Theme): void
  /** Called when what is seen changes, by the choice or by the system. */
  onChange(listener: () => void): void
}

export function createThemeSwitch(root: HTMLElement, storage: Storage): ThemeSwitch {
  const listeners: (() => void)[] = []
  let theme = THEMES.find((known) => known === storage.getItem(KEY)) ?? 'system'

  function apply(): void {
    root.dataset.theme = theme
    for (const listener of listeners) listener()
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
  apply()
  return {
    get theme() {
      return theme
    },
    set(next) {
      theme = next
      storage.setItem(KEY, next)
      apply()
    },
    onChange: (listener) => listeners.push(listener),
  }
}
