import { type Client, connect } from '../../../src/client/index.ts'
import { isEmographError } from '../../../src/errors.ts'
import type { ServerMessage } from '../../../src/server/protocol/server-messages.ts'
import { conversationEnd } from '../state/figures.ts'
import { INITIAL_PAGE, type PageState, type Switches, withNotice, withProblem } from '../state/page-state.ts'
import { reduce } from '../state/reduce.ts'
import { conversationOf } from '../state/stored-conversation.ts'
import { withdrawn } from '../state/withdrawal.ts'
import type { Store } from '../store.ts'
import type { Access } from './access.ts'
import type { Api, SessionToken } from './api.ts'
import type { MeetingPlan, ReplayPlan } from './plans.ts'
import { createReplay, type Replay } from './replay.ts'
import type { SavedSession, SessionShelf } from './saved-session.ts'

/**
 * One conversation at a time: its client, its messages into the store, its way back after a reload. Whoever leaves one or
 * begins another hears no more of it, whatever was on its way; what begins one tells whether it is still the one shown.
 */
export interface Controller {
  /** Undefined while there is no conversation. */
  readonly client: Client | undefined
  /** The key to the conversation's addresses under /v1/sessions/; undefined while there is none. */
  readonly session: SessionToken | undefined
  /** The conversation's time, in ms. */
  nowMs(): number
  startMeeting(plan: MeetingPlan): Promise<boolean>
  startReplay(plan: ReplayPlan): Promise<boolean>
  /** Takes the conversation up that this tab had before it was loaded again; false when there is none any more. */
  takeUp(recordings: (bundled: string) => ReplayPlan | undefined): Promise<boolean>
  readonly replay: Replay | undefined
  /** Shown at once, and as the server has it when it has answered. */
  configure(switches: Partial<Switches>): Promise<void>
  chooseSpeaker(id: string): void
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
  /** Of the server's WebSocket. */
  readonly address: string
  /** A new label of a whole utterance, to be said aloud; not for those that a reload brings back. */
  readonly onLabel: (message: Extract<ServerMessage, { type: 'utterance.label' | 'utterance.revised' }>) => void
  /** Nothing is taken for it any more: the conversation is over or was left. */
  readonly onOver: () => void
  readonly connect?: typeof connect
}

/** What a session says that takes no connection any more, but can be read, exported and deleted. */
const READ_ONLY = ['EMO_SESSION_CLOSED', 'EMO_SESSION_MODEL_CHANGED'] as const

export function createController(options: ControllerOptions): Controller {
  const { store, access, api, shelf, onLabel, onOver } = options
  let client: Client | undefined
  let replay: Replay | undefined
  let saved: SavedSession | undefined
  let startedAt = Date.now()
  /** Stands for what the page shows; another one as soon as that is left. */
  let visit = new AbortController()

  const problem = (error: unknown): void => store.update((state) => withProblem(state, error))

  /** Tells of errors for as long as the page shows what they are about. */
  function problemsOfNow(): (error: unknown) => void {
    const { signal } = visit
    return (error) => {
      if (!signal.aborted) problem(error)
    }
  }

  function keep(): void {
    if (client === undefined || saved === undefined) return
    saved = { ...saved, credentials: client.credentials, speaker: store.state.speaker }
    shelf.write(saved)
  }

  function part(): void {
    visit.abort()
    visit = new AbortController()
    replay?.stop()
    client?.terminate()
    client = undefined
    replay = undefined
    saved = undefined
    onOver()
  }

  function goHome(): void {
    part()
    const resumable = shelf.read() !== undefined
    store.update((state) => ({ ...INITIAL_PAGE, notices: state.notices, resumable }))
  }

  /**
   * Opens a conversation and does what it begins with.
   *
   * @param earlier the session that is taken up; a new one without it
   */
  async function enter(
    kind: PageState['kind'],
    begin: (opened: Client) => Promise<void> | void,
    earlier?: SavedSession,
  ): Promise<boolean> {
    part()
    const { signal } = visit
    store.update((state) => ({
      ...INITIAL_PAGE,
      notices: state.notices,
      screen: 'conversation',
      kind,
      connection: 'connecting',
    }))
    try {
      const opened = await open(signal, earlier)
      if (signal.aborted) {
        opened.terminate()
        return false
      }
      client = opened
      store.update((state) => ({ ...state, connection: opened.state }))
      await begin(opened)
    } catch (error) {
      if (signal.aborted) return false
      if (earlier !== undefined && READ_ONLY.some((code) => isEmographError(error, code))) {
        if (!isEmographError(error, 'EMO_SESSION_CLOSED')) problem(error)
        return showClosed(earlier, signal)
      }
      fail(error, earlier)
    }
    return !signal.aborted
  }

  /** A server that was not reached may still have what was to be taken up. */
  function fail(error: unknown, earlier?: SavedSession): never {
    if (earlier !== undefined && !isEmographError(error, 'EMO_CONNECTION_FAILED')) shelf.clear()
    goHome()
    throw error
  }

  async function open(signal: AbortSignal, earlier?: SavedSession): Promise<Client> {
    const { token } = access
    const opened = await (options.connect ?? connect)(options.address, {
      signal,
      ...(token !== undefined && { token }),
      ...(earlier !== undefined && { session: { ...earlier.credentials, lastSeq: 0 } }),
      onMessage(message) {
        if (signal.aborted) return
        store.update((state) => ({ ...state, conversation: reduce(state.conversation, message) }))
        // Before that, messages are those of before a reload, and who begins a conversation is told of errors.
        if (saved === undefined) return
        keep()
        if (message.type === 'error') problem(new Error(message.message))
        if (message.type === 'utterance.revised' || (message.type === 'utterance.label' && !message.interim))
          onLabel(message)
      },
    })
    opened.on('state', ({ state: connection, error, retryInMs }) => {
      if (signal.aborted) return
      const retryInS = retryInMs === undefined ? undefined : Math.ceil(retryInMs / 1_000)
      store.update((state) => ({ ...state, connection, retryInS }))
      if (connection !== 'closed') return
      if (error !== undefined) problem(error)
      onOver()
    })
    opened.on('buffer.dropped', ({ kind: what, frames }) => {
      const text = `${frames} ${what === 'audio' ? 'pieces of sound' : 'pictures'} were given up: the connection was away too long.`
      if (!signal.aborted) store.update((state) => withNotice(state, 'problem', text))
    })
    return opened
  }

  async function showClosed(earlier: SavedSession, signal: AbortSignal): Promise<boolean> {
    try {
      const conversation = conversationOf(await api.readConversation(earlier.credentials))
      if (signal.aborted) return false
      saved = earlier
      store.update((state) => ({ ...state, connection: 'closed', conversation }))
      return true
    } catch (error) {
      return signal.aborted ? false : fail(error, earlier)
    }
  }

  function play(opened: Client, plan: ReplayPlan, done: ReadonlySet<string>): Replay {
    const { conversation, title, speed } = plan
    const lengthMs = conversationEnd(conversation.utterances)
    store.update((state) => ({ ...state, replay: { title, playing: false, speed, positionMs: 0, lengthMs } }))
    replay = createReplay({
      client: opened,
      conversation,
      done,
      onProgress: (progress) =>
        store.update((state) => (state.replay ? { ...state, replay: { ...state.replay, ...progress } } : state)),
      onError: problemsOfNow(),
    })
    replay.setSpeed(speed)
    return replay
  }

  /** Nobody goes on with words that were half typed before a reload. */
  function takeBackHalfTyped(): void {
    store.update((state) => ({ ...state, conversation: withdrawn(state.conversation) }))
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
    startMeeting: ({ participants, ...plan }) =>
      enter('meeting', async (opened) => {
        await opened.configure({ ...plan, participants: [...participants], consent: true, explain: true })
        startedAt = Date.now()
        const speaker = participants[0]!.id
        store.update((state) => ({ ...state, speaker }))
        saved = { kind: 'meeting', credentials: opened.credentials, startedAt, speaker }
        keep()
      }),
    startReplay: (plan) =>
      enter('replay', async (opened) => {
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
        play(opened, plan, new Set()).play()
      }),
    async takeUp(recordings) {
      const earlier = shelf.read()
      if (earlier === undefined) return false
      const { kind, bundled } = earlier
      return enter(
        kind,
        (opened) => {
          startedAt = earlier.startedAt
          saved = earlier
          store.update((state) => ({ ...state, speaker: earlier.speaker }))
          keep()
          if (kind === 'meeting') return takeBackHalfTyped()
          if (opened.state === 'closed') return
          const plan = bundled === undefined ? undefined : recordings(bundled)
          const { utterances } = store.state.conversation
          if (plan === undefined)
            store.update((state) =>
              withNotice(
                state,
                'information',
                'The browser does not keep your file: to play the rest, replay it anew.',
              ),
            )
          else play(opened, plan, new Set(utterances.filter(({ phase }) => phase === 'labelled').map(({ id }) => id)))
        },
        earlier,
      )
    },
    async configure(switches) {
      if (client === undefined) return
      const tell = problemsOfNow()
      const asked = { ...store.state.asked, ...switches }
      store.update((state) => ({ ...state, asked }))
      await client.configure(switches).catch(tell)
      // Unless more was asked since: answers come in order.
      store.update((state) => (state.asked === asked ? { ...state, asked: {} } : state))
    },
    chooseSpeaker(speaker) {
      store.update((state) => ({ ...state, speaker }))
      keep()
    },
    async end() {
      replay?.stop()
      onOver()
      await client?.close().catch(problemsOfNow())
    },
    leave: goHome,
    forget() {
      shelf.clear()
      goHome()
    },
  }
}
