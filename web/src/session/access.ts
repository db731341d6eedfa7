/** The server's access token, where it wants one. It stays in this tab's session storage and goes nowhere else. */
export interface Access {
  readonly token: string | undefined
  remember(token: string): void
  forget(): void
}

const KEY = 'emograph.access-token'

export function createAccess(storage: Storage): Access {
  return {
    get token() {
      return storage.getItem(KEY) ?? undefined
    },
    remember: (token) => storage.setItem(KEY, token),
    forget: () => storage.removeItem(KEY),
  }
}
