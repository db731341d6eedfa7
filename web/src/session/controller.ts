import { type Client, connect } from '../../../src/client/index.ts'
import type { Conversation } from '../../../src/conversation/conversation.ts'
import type { Mode } from '../../../src/conversation/mode.ts'
import { isEmographError } from '../../../src/errors.ts'
import type { WireParticipant } from '../../../src/server/protocol/client-messages.ts'
import { SESSION_PATH, type Segmentation } from '../../../src/server/protocol/fields.ts'
import type { ServerMessage } from '../../../src/server/protocol/server-messages.ts'
import { EMPTY_CONVERSATION } from '../state/conversation-state.ts'
import { INITIAL_PAGE, type PageState, withNotice } from '../state/page-state.ts'
import { reduce } from '../state/reduce.ts'
import { conversationOf } from '../state/stored-conversation.ts'
import type { Store } from '../store.ts'
import type { Access } from './access.ts'
import type { Api, SessionToken } from './api.ts'
import { createReplay, type Replay } from './replay.ts'
import type { SavedSession, SessionShelf } from './saved-session.ts'

export interface MeetingPlan {
  readonly participants: readonly WireParticipant[]
  readonly purpose: string
  readonly mode: Mode
  readonly segmentation: Segmentation
}

export interface ReplayPlan {
  readonly conversation: Conversation
  readonly title: string
  /** The key of a bundled conversation, by which a reload finds it again. */
  readonly bundled?: string | undefined
  readonly mode: Mode
  readonly speed: number
}

/** One conversation at a time: its client, its messages into the store, its way back after a reload. */
export interface Controller {
  /** Undefined while there is no conversation. */
  readonly client: Client | undefined
  /** The key to the conversation's addresses under /v1/sessions/; undefined while there is none. */
  readonly session: SessionToken | undefined
  /** The conversation's time, in ms. */
  nowMs(): number
  startMeeting(plan: MeetingPlan): Promise<void>
  startReplay(plan: ReplayPlan): Promise<void>
  /** Takes the conversation up that this tab had before it was loaded again; false when there is none any more. */
  takeUp(recordings: (bundled: string) => ReplayPlan | undefined): Promise<boolean>
  readonly replay: Replay | undefined
  /** Ends the conversation; what was said stays on the page and on the server. */
  end(): Promise<void>
  /** Back to the beginning, from where `takeUp` comes back here; the conversation goes on being kept. */
  leave(): void
  /** As `leave`, without a way back: the conversation has been deleted. */
  forget(): void
}

export interface ControllerOptions {
  readonly store: Store<PageState>
  readonly access: Access
  readonly api: Pick<Api, 'readConversation'>
  readonly shelf: SessionShelf
  /** A new label of a whole utterance, to be said aloud; not for those that a reload brings back. */
  readonly onLabel: (message: Extract<ServerMessage, { type: 'utterance.label' | 'utterance.revised' }>) => void
}

export function createController({ store, access, api, shelf, onLabel }: ControllerOptions): Controller {
  let client: Client | undefined
  let replay: Replay | undefined
  let saved: SavedSession | undefined
  let startedAt = Date.now()

  const problem = (error: unknown): void =>
    store.update((state) => withNotice(state, 'problem', error instanceof Error ? error.message : String(error)))

  function keep(): void {
    if (client === undefined || saved === undefined) return
    saved = { ...saved, credentials: client.credentials, speaker: store.state.speaker }
    shelf.write(saved)
  }

  /** @param earlier the session that is taken up; a new one without it */
  async function open(kind: PageState['kind'], earlier?: SavedSession): Promise<Client> {
    store.update((state) => ({
      ...state,
      screen: 'conversation',
      kind,
      connection: 'connecting',
      connectionNote: '',
      conversation: EMPTY_CONVERSATION,
      selected: undefined,
      replay: undefined,
    }))
    const { token } = access
    const opened = await connect(socketAddress(location), {
      ...(token !== undefined && { token }),
      ...(earlier !== undefined && { session: { ...earlier.credentials, lastSeq: 0 } }),
      onMessage: (message) => {
        store.update((state) => ({ ...state, conversation: reduce(state.conversation, message) }))
        // Until `connect` has resolved, messages are those of before the reload.
        if (client === undefined) return
        keep()
        if (message.type === 'error') problem(new Error(message.message))
        if (message.type === 'utterance.revised' || (message.type === 'utterance.label' && !message.interim))
          onLabel(message)
      },
    })
    opened.on('state', ({ state: connection, error, retryInMs }) => {
      const again = retryInMs === undefined ? '' : ` Next attempt in ${Math.ceil(retryInMs / 1_000)} s.`
      const connectionNote = connection === 'open' || error === undefined ? '' : `${error.message}${again}`
      store.update((state) => ({ ...state, connection, connectionNote }))
    })
    opened.on('buffer.dropped', ({ kind: what, frames }) => {
      const text = `${frames} ${what === 'audio' ? 'pieces of sound' : 'pictures'} were given up: the connection was away too long.`
      store.update((state) => withNotice(state, 'problem', text))
    })
    client = opened
    store.update((state) => ({ ...state, connection: opened.state }))
    return opened
  }

  function failed(error: unknown): never {
    // A server that was not reached may have it still.
    if (!isEmographError(error, 'EMO_CONNECTION_FAILED')) shelf.clear()
    goHome()
    throw error
  }

  /** A conversation that is over takes no connection any more, but can be read, exported and deleted. */
  async function showClosed(earlier: SavedSession): Promise<boolean> {
    try {
      const conversation = conversationOf(await api.readConversation(earlier.credentials))
      saved = earlier
      store.update((state) => ({ ...state, connection: 'closed', connectionNote: '', conversation }))
      return true
    } catch (error) {
      return failed(error)
    }
  }

  function goHome(): void {
    replay?.stop()
    client?.terminate()
    client = undefined
    replay = undefined
    saved = undefined
    const resumable = shelf.read() !== undefined
    store.update((state) => ({ ...INITIAL_PAGE, notices: state.notices, resumable }))
  }

  function play(plan: ReplayPlan, done: ReadonlySet<string>): void {
    const lengthMs = plan.conversation.utterances.reduce((end, { endMs }) => Math.max(end, endMs), 0)
    const { title, speed } = plan
    store.update((state) => ({ ...state, replay: { title, playing: false, speed, positionMs: 0, lengthMs } }))
    replay = createReplay({
      client: client!,
      conversation: plan.conversation,
      done,
      onProgress: (progress) =>
        store.update((state) => (state.replay ? { ...state, replay: { ...state.replay, ...progress } } : state)),
      onError: problem,
    })
    replay.setSpeed(speed)
  }

  return {
    get client() {
      return client
    },
    get replay() {
      return replay
    },
    get session() {
      return saved?.credentials
    },
    nowMs: () => Math.max(0, Math.round(Date.now() - startedAt)),
    async startMeeting({ participants, purpose, mode, segmentation }) {
      try {
        const opened = await open('meeting')
        await opened.configure({
          participants: [...participants],
          consent: true,
          purpose,
          mode,
          segmentation,
          explain: true,
        })
        startedAt = Date.now()
        store.update((state) => ({ ...state, speaker: participants[0]!.id }))
        saved = { kind: 'meeting', credentials: opened.credentials, startedAt, speaker: store.state.speaker }
        keep()
      } catch (error) {
        failed(error)
      }
    },
    async startReplay(plan) {
      try {
        const opened = await open('replay')
        const speakers = [...new Set(plan.conversation.utterances.map(({ speaker }) => speaker))]
        await opened.configure({
          participants: speakers.map((id) => ({ id })),
          consent: true,
          purpose: 'replay of a recorded conversation',
          mode: plan.mode,
          explain: true,
        })
        saved = { kind: 'replay', credentials: opened.credentials, startedAt, speaker: '', bundled: plan.bundled }
        keep()
        play(plan, new Set())
        replay!.play()
      } catch (error) {
        failed(error)
      }
    },
    async takeUp(recordings) {
      const earlier = shelf.read()
      if (earlier === undefined) return false
      try {
        startedAt = earlier.startedAt
        const opened = await open(earlier.kind, earlier)
        saved = earlier
        store.update((state) => ({ ...state, speaker: earlier.speaker }))
        keep()
        const plan = earlier.bundled === undefined ? undefined : recordings(earlier.bundled)
        if (plan !== undefined && opened.state !== 'closed')
          play(
            plan,
            new Set(
              store.state.conversation.utterances.filter(({ phase }) => phase === 'labelled').map(({ id }) => id),
            ),
          )
        return true
      } catch (error) {
        return isEmographError(error, 'EMO_SESSION_CLOSED') ? showClosed(earlier) : failed(error)
      }
    },
    async end() {
      replay?.stop()
      await client?.close().catch(problem)
    },
    leave: goHome,
    forget() {
      shelf.clear()
      goHome()
    },
  }
}

const socketAddress = ({ protocol, host }: Location): string =>
  `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${SESSION_PATH}`
