import { EmographError } from '../errors.ts'
import type { Backlog } from './backlog.ts'
import type { TakenUtterance } from './intake.ts'
import type { InterimLabels } from './interim.ts'
import { type Labelling, type LabelOutcome, NOTHING } from './labelling.ts'
import type { Outbox } from './outbox.ts'
import type { Unnumbered } from './protocol/server-messages.ts'
import type { RestoredSession } from './restore.ts'
import { createSerialQueue } from './serial-queue.ts'
import type { SessionContext } from './session-context.ts'
import { createSessionLabelling } from './session-labelling.ts'
import type { SessionMedia } from './session-media.ts'
import { startMessage, updatedMessage } from './session-messages.ts'
import type { Settings } from './settings.ts'
import type { UtteranceInputsOf } from './utterance-inputs.ts'
import { createSessionWorkload } from './workload.ts'

/** What an answer is about, as the client named it. */
export interface About {
  readonly request_id?: string | undefined
  readonly utterance_id?: string | undefined
}

/** An utterance as far as it was told, and whether this was all of it. */
export interface ToldUtterance {
  readonly utterance: TakenUtterance
  readonly final: boolean
}

/**
 * What a session has accepted: changes of its settings and utterances. Each is written down before it is answered, then
 * applied or labelled one after the other in the order in which it was accepted, and the outcome is written down before
 * it is told.
 */
export interface Steps {
  /** The session is in the store, with its first settings. */
  readonly saved: boolean
  /** Without an answer. */
  readonly waiting: number
  /** How many utterances were labelled. */
  readonly labelled: number
  readonly preview: Labelling['preview'] | undefined
  change(settings: Settings, about: About): void
  /** All of these utterances or, where it throws, none. */
  take(told: readonly ToldUtterance[], about: About, receivedAt: number): void
  /** Does this when everything that was accepted has its answer. */
  afterAll(work: () => void): Promise<void>
  idle(): Promise<void>
  dispose(): void
}

export interface StepsOptions {
  readonly sessionId: string
  readonly outbox: Outbox
  readonly backlog: Backlog
  readonly media: SessionMedia
  readonly inputs: UtteranceInputsOf
  readonly interim: InterimLabels | undefined
  readonly restored: RestoredSession | undefined
  /** Makes the session's row; called with the first step of a session that is not in the store. */
  readonly create: (settings: Settings) => void
  /** A step has failed; `write`, when given, remembers that it got no answer but this. */
  readonly onError: (cause: unknown, about: About, write?: () => void) => void
}

export function createSteps(context: SessionContext, options: StepsOptions): Steps {
  const { model, store, now, observe } = context
  const { sessionId: id, outbox, backlog, media, inputs, interim, restored } = options
  const workload = createSessionWorkload(context.load.workload)
  const labelling = createSessionLabelling(model, restored)
  const queue = createSerialQueue((cause) => options.onError(cause, {}))
  let saved = restored !== undefined
  let position = restored?.position ?? 0
  let disposed = false

  function accept({ request_id }: About, messages: readonly Unnumbered[], write: () => void): void {
    outbox.keep(messages, () => {
      write()
      if (request_id !== undefined) store.messages.accept(id, request_id)
    })
    saved = true
  }

  function enqueue(about: About, work: () => void | Promise<void>, write?: () => void): void {
    queue.push(async () => {
      const began = now()
      try {
        if (!disposed) await work()
      } catch (cause) {
        if (!disposed) options.onError(cause, about, write)
      }
      backlog.answered(queue.size - 1, now() - began)
    })
    backlog.accepted(queue.size)
  }

  function tell(outcome: LabelOutcome, before: readonly Unnumbered[] = [], write?: () => void): void {
    outbox.keep([...before, ...outcome.messages], () => {
      write?.()
      if (outcome.label !== undefined) store.utterances.label(id, outcome.label)
      for (const { utteranceId, ...told } of outcome.revised) store.utterances.revise(id, utteranceId, told)
    })
    observeLabels(outcome)
  }

  function enqueueChange(settings: Settings, at: number, about: About): void {
    enqueue(about, async () => {
      const relabelled = labelling.apply(settings)
      const outcome = relabelled === undefined ? NOTHING : await relabelled
      if (disposed) return
      tell(outcome, [updatedMessage(settings, context, about.request_id)], () => store.changes.apply(id, at))
    })
  }

  /** @param labelled tells the workload that it is done */
  function enqueueLabel(
    utterance: TakenUtterance,
    requestId: string | undefined,
    elapsedMs: () => number,
    labelled = workload.begin(),
  ): void {
    const { utteranceId } = utterance
    // Begun now, so that waiting for one utterance's media does not add up with waiting for another's.
    const streamed = media.finish(utterance)
    streamed?.catch(() => {})
    const label = async (): Promise<void> => {
      const { features, missing: media } = await inputs(utterance, streamed)
      if (disposed) return
      const { textMissing } = utterance
      const missing = textMissing === undefined ? media : { text: textMissing, ...media }
      if (Object.keys(features).length === 0) throw new EmographError('EMO_UTTERANCE_EMPTY')
      const ready = { ...utterance, features, missing, requestId, elapsedMs }
      // Offline labels have a thread of their own: that one is slow is no reason to do less for the others.
      if (labelling.mode === 'offline') labelled()
      const outcome = await labelling.label(ready)
      if (disposed) return
      tell(outcome)
    }
    const about = { request_id: requestId, utterance_id: utteranceId }
    enqueue(
      about,
      () => label().finally(labelled),
      () => store.utterances.fail(id, utteranceId),
    )
  }

  function observeLabels({ label, revised }: LabelOutcome): void {
    for (const { mode } of revised) observe({ type: 'label.told', mode, kind: 'revised' })
    if (label === undefined) return
    const { mode, latencyMs } = label
    observe({ type: 'utterance.labelled', latencyMs, waiting: queue.size - 1 })
    observe({ type: 'label.told', mode, kind: 'final' })
  }

  /** What was answered before goes into the model again; what was not is answered now. */
  function goOn({ pending }: RestoredSession): void {
    if (labelling.behind) enqueue({}, labelling.catchUp)
    for (const step of pending)
      if ('change' in step) enqueueChange(step.change.settings, step.position, { request_id: step.change.requestId })
      else {
        const { acceptedAt, requestId } = step.utterance
        const elapsed = (): number => Math.max(0, context.today() - acceptedAt)
        // That it waits for media which its client sends again is no sign of a busy server.
        enqueueLabel({ ...step.utterance, started: false }, requestId, elapsed, () => {})
      }
  }
  if (restored !== undefined) goOn(restored)

  return {
    get saved() {
      return saved
    },
    get waiting() {
      return queue.size
    },
    get labelled() {
      return labelling.count
    },
    get preview() {
      return labelling.preview
    },
    change(settings, about) {
      const at = ++position
      accept(about, [], () => {
        if (saved) store.sessions.configure(id, settings)
        else {
          options.create(settings)
          outbox.save()
        }
        store.changes.accept(id, { position: at, settings, requestId: about.request_id })
      })
      enqueueChange(settings, at, about)
    },
    take(told, about, receivedAt) {
      const requestId = about.request_id
      const placed = told.map(({ utterance, final }) => ({
        ...utterance,
        position: final ? ++position : undefined,
        requestId,
        acceptedAt: context.today(),
      }))
      const started = placed.filter((utterance) => utterance.started)
      accept(
        about,
        started.map((utterance) => startMessage(utterance, requestId)),
        () => {
          for (const utterance of placed) store.utterances.accept(id, utterance)
        },
      )
      for (const utterance of placed) {
        if (utterance.position === undefined) {
          media.follow(utterance)
          interim?.update(utterance)
        } else {
          interim?.end(utterance.utteranceId)
          enqueueLabel(utterance, requestId, () => now() - receivedAt)
        }
      }
    },
    afterAll(work) {
      queue.push(work)
      return queue.idle()
    },
    idle: queue.idle,
    dispose() {
      disposed = true
      queue.clear()
      workload.dispose()
      labelling.dispose()
    },
  }
}
