import { type ConversationSettings, type ConversationState, EMPTY_CONVERSATION } from './conversation-state.ts'

/** `none`: no conversation yet. `resuming`: the connection is lost and made again. */
export type Connection = 'none' | 'connecting' | 'open' | 'resuming' | 'closed'

/** `muted`: it runs, nothing of it leaves this computer. */
export type DeviceState = 'off' | 'on' | 'muted'

export interface Notice {
  readonly id: number
  readonly kind: 'information' | 'problem'
  readonly text: string
}

export interface ReplayState {
  readonly title: string
  readonly playing: boolean
  /** `Infinity`: as fast as labels come. */
  readonly speed: number
  readonly positionMs: number
  readonly lengthMs: number
}

/** What can be changed while a conversation goes on. */
export type Switches = Pick<ConversationSettings, 'mode' | 'segmentation'>

/** The whole page. */
export interface PageState {
  readonly screen: 'home' | 'conversation'
  readonly kind: 'meeting' | 'replay'
  /** At the beginning: there is a conversation to go back to. */
  readonly resumable: boolean
  readonly connection: Connection
  /** When the next attempt to make it again is due, in s from the last one. */
  readonly retryInS: number | undefined
  readonly conversation: ConversationState
  /** What was asked of the server and has no answer yet, which may take as long as a connection is away. */
  readonly asked: Partial<Switches>
  /** The utterance that is looked at; undefined follows the newest. */
  readonly selected: string | undefined
  /** Who types, and whom this computer's microphone and camera belong to. */
  readonly speaker: string
  readonly microphone: DeviceState
  readonly camera: DeviceState
  readonly replay: ReplayState | undefined
  readonly notices: readonly Notice[]
}

export const INITIAL_PAGE: PageState = {
  screen: 'home',
  kind: 'meeting',
  resumable: false,
  connection: 'none',
  retryInS: undefined,
  conversation: EMPTY_CONVERSATION,
  asked: {},
  selected: undefined,
  speaker: '',
  microphone: 'off',
  camera: 'off',
  replay: undefined,
  notices: [],
}

/** The switches as people have set them, answered or not; undefined before the first answer. */
export const switchesOf = ({ conversation: { settings }, asked }: PageState): Switches | undefined =>
  settings && { ...settings, ...asked }

/** Notices that a page can hold before the oldest goes. */
const MOST_NOTICES = 4

export function withNotice(state: PageState, kind: Notice['kind'], text: string): PageState {
  // The same fault again is no news.
  if (state.notices.at(-1)?.text === text) return state
  const id = (state.notices.at(-1)?.id ?? 0) + 1
  return { ...state, notices: [...state.notices, { id, kind, text }].slice(-MOST_NOTICES) }
}

export const withProblem = (state: PageState, error: unknown): PageState =>
  withNotice(state, 'problem', messageOf(error))

export const withoutNotice = (state: PageState, id: number): PageState => ({
  ...state,
  notices: state.notices.filter((notice) => notice.id !== id),
})

/** Coded errors say what was expected, what came and what to do. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
