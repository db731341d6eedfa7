import { isEmographError } from '../../src/errors.ts'
import { SESSION_PATH } from '../../src/server/protocol/fields.ts'
import { h } from './dom.ts'
import { emotionName, installEmotionColours } from './look/emotions.ts'
import { createThemeSwitch } from './look/theme.ts'
import { createAccess } from './session/access.ts'
import { createApi, type ServedModelFacts } from './session/api.ts'
import { type Capture, createCapture } from './session/capture.ts'
import { createController } from './session/controller.ts'
import { bundledRecordings } from './session/recordings.ts'
import { createSessionShelf } from './session/saved-session.ts'
import type { ConversationState } from './state/conversation-state.ts'
import { nameOf, percent } from './state/figures.ts'
import { INITIAL_PAGE, type PageState, switchesOf, withNotice, withoutNotice, withProblem } from './state/page-state.ts'
import { goneOn, withdrawn } from './state/withdrawal.ts'
import { createStore } from './store.ts'
import { createAnnouncer } from './views/announcer.ts'
import { createComposer } from './views/composer.ts'
import { conversationScreen } from './views/conversation.ts'
import { createFeed } from './views/feed.ts'
import { createGraphPanel } from './views/graph.ts'
import { createHeader } from './views/header.ts'
import { createHome } from './views/home.ts'
import { createNotices } from './views/notices.ts'
import { createNow } from './views/now.ts'
import { openPredictDialog } from './views/predict-dialog.ts'
import { createReplayBar } from './views/replay-bar.ts'
import { openReplayDialog } from './views/replay-dialog.ts'
import { createService } from './views/service.ts'
import { openDeleteDialog, openTokenDialog } from './views/small-dialogs.ts'
import { openStartDialog } from './views/start-dialog.ts'
import { createTimeline } from './views/timeline.ts'

/** Puts the page together: one store, the views that draw it, and what they can ask for. */
export function startPage(root: Element): void {
  installEmotionColours()
  const theme = createThemeSwitch(document.documentElement, localStorage)
  const store = createStore<PageState>(INITIAL_PAGE)
  const access = createAccess(sessionStorage)
  const api = createApi(access)
  const announcer = createAnnouncer()
  const controller = createController({
    store,
    access,
    api,
    shelf: createSessionShelf(sessionStorage),
    address: socketAddress(location),
    onOver: () => capture?.stop(),
    onLabel({ participant, label, probabilities, type }) {
      const share = probabilities.find(({ name }) => name === label)?.probability ?? 0
      const revised = type === 'utterance.revised' ? 'revised: ' : ''
      const name = nameOf(store.state.conversation.settings, participant)
      announcer.say(`${name}: ${revised}${emotionName(label)}, ${percent(share)}`)
    },
  })
  let model: ServedModelFacts | undefined
  let capture: Capture | undefined

  const problem = (error: unknown): void => store.update((state) => withProblem(state, error))
  const tell = (text: string): void => store.update((state) => withNotice(state, 'information', text))
  const change = (next: (conversation: ConversationState) => ConversationState): void =>
    store.update((state) => ({ ...state, conversation: next(state.conversation) }))
  const select = (id: string): void => store.update((state) => ({ ...state, selected: id }))

  async function begin(): Promise<void> {
    model = await api.readModel()
    home.showModel(model)
    await api.checkAccess()
    await controller.takeUp(bundledPlan)
  }

  /** Asks for the access token where the server wants one, then goes on. */
  async function enter(): Promise<void> {
    try {
      await begin()
    } catch (error) {
      if (!isEmographError(error, 'EMO_UNAUTHORIZED')) return problem(error)
      access.forget()
      openTokenDialog((token) => {
        access.remember(token)
        return begin()
      })
    }
  }

  const home = createHome({
    meet: () =>
      openStartDialog(model, async ({ devices, ...meeting }) => {
        // The dialog closes then; the browser may ask for microphone and camera over the page.
        if (await controller.startMeeting(meeting)) void capture?.open(devices)
      }),
    replay: () =>
      openReplayDialog(async (plan) => {
        await controller.startReplay(plan)
      }),
    predict: () => openPredictDialog(api, (text) => announcer.say(text)),
    goBack: () => void controller.takeUp(bundledPlan).catch(problem),
  })
  const header = createHeader(
    {
      setMode: (mode) => void controller.configure({ mode }),
      end: () => void controller.end(),
      leave: controller.leave,
      exportAs(format) {
        const { session } = controller
        if (session === undefined) return
        api.exportConversation(session, format).then(({ blob, name }) => download(blob, name), problem)
      },
      remove: () =>
        openDeleteDialog(async () => {
          const { session } = controller
          if (session === undefined) return
          await api.deleteConversation(session)
          controller.forget()
          tell('The conversation has been deleted.')
        }),
    },
    theme,
  )
  const feed = createFeed(select)
  const replayBar = createReplayBar({
    toggle: () => (store.state.replay?.playing ? controller.replay?.pause() : controller.replay?.play()),
    setSpeed: (speed) => controller.replay?.setSpeed(speed),
  })
  const composer = createComposer({
    nowMs: controller.nowMs,
    chooseSpeaker: controller.chooseSpeaker,
    interim(participant, text, start_ms, end_ms) {
      change((conversation) => goneOn(conversation, participant))
      controller.client?.interim({ participant, text, start_ms, end_ms })
    },
    takeBack: (participant) => change((conversation) => withdrawn(conversation, participant)),
    say(participant, text, start_ms, end_ms) {
      change((conversation) => goneOn(conversation, participant))
      // What the server refuses comes as a message, which is shown; nobody waits for this promise.
      controller.client?.label({ participant, text, start_ms, end_ms }).catch(() => {})
    },
    toggle: (device) => void capture?.toggle(device),
    switchWriter() {
      const segmentation = switchesOf(store.state)?.segmentation === 'server' ? 'client' : 'server'
      void controller.configure({ segmentation })
    },
    preview: () => capture?.preview,
  })
  capture = createCapture(store, controller, composer.setLevel)
  const now = createNow()
  const timeline = createTimeline(select)
  const graph = createGraphPanel(theme, select, () => store.update((state) => ({ ...state, selected: undefined })))
  const service = createService()
  const notices = createNotices((id) => store.update((state) => withoutNotice(state, id)))
  const screen = conversationScreen(
    [feed.element, replayBar.element, composer.element],
    [now.element, timeline.element, graph.element, service.element],
  )
  root.append(
    h('a', { class: 'skip', href: '#main' }, 'To the content'),
    header.element,
    home.element,
    notices.element,
    announcer.element,
  )

  const inside = [feed, replayBar, composer, now, timeline, graph, service]
  store.subscribe((state) => {
    const main = state.screen === 'home' ? home.element : screen
    const other = state.screen === 'home' ? screen : home.element
    if (!main.isConnected) {
      other.replaceWith(main)
      main.focus({ preventScroll: true })
    }
    document.title = state.screen === 'home' ? 'Emograph' : 'Conversation – Emograph'
    header.update(state)
    home.update(state)
    notices.update(state)
    for (const view of inside) view.update(state)
  })
  void enter()
}

function bundledPlan(key: string) {
  const found = bundledRecordings().find((recording) => recording.key === key)
  return found && ({ ...found, bundled: key, mode: 'live', speed: 4 } as const)
}

const socketAddress = ({ protocol, host }: Location): string =>
  `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${SESSION_PATH}`

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  h('a', { href: address, download: name }).click()
  // The download has begun by then; browsers read the blob, not the address.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
