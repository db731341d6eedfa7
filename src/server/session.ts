import { LABEL_SETS } from '../conversation/label-sets.ts'
import { EmographError, isEmographError } from '../errors.ts'
import { createIntake, type TakenUtterance } from './intake.ts'
import { createLabelling, type Labelling } from './labelling.ts'
import type { Limits } from './limits.ts'
import type { ClientMessage } from './protocol/client-messages.ts'
import { PROTOCOL_VERSION } from './protocol/fields.ts'
import { namesIn, parseClientMessage } from './protocol/parse.ts'
import type { CloseReason, ServerMessage, SessionCreated, Unnumbered } from './protocol/server-messages.ts'
import { createSerialQueue } from './serial-queue.ts'
import type { ServedModel } from './served-model.ts'
import type { Settings } from './settings.ts'
import { needsTextEncoding } from './utterance-features.ts'

export interface SessionOptions {
  readonly id: string
  readonly model: ServedModel
  readonly limits: Limits
  /** Carries one message to the client. */
  readonly send: (message: ServerMessage) => void
  /** The session is over: `fault` is the fatal error that ended it, absent after `session.closed`. */
  readonly end: (fault?: EmographError) => void
  /** Gets the cause of a fault of the server, which the client is not told. */
  readonly onFault: (cause: unknown) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** One conversation of one client. It knows messages, not sockets. */
export interface Session {
  readonly id: string
  /** Takes the text of one message. Never throws: what is wrong is answered by an `error`. */
  receive(raw: string): void
  /** Tells the client of an error that was found before its message could be read. */
  refuse(error: EmographError): void
  /** Labels what is accepted, sends `session.closed`, ends. */
  close(reason: CloseReason): Promise<void>
  /** The client is gone: frees everything, sends nothing. */
  abandon(): void
}

/**
 * Opens a session and greets its client with `session.created`.
 *
 * What a message is allowed to do is decided when it comes in, so that an error tells the client at once. What it does
 * goes through one queue, so that labels, revisions and `session.updated` come in the order in which their causes were
 * accepted, although texts are encoded asynchronously.
 */
export function createSession(options: SessionOptions): Session {
  const { id, model, limits } = options
  const now = options.now ?? (() => performance.now())
  const intake = createIntake(model, limits)
  const queue = createSerialQueue(options.onFault)
  let labelling: Labelling | undefined
  let seq = 0
  let state: 'open' | 'closing' | 'ended' = 'open'

  const emit = (message: Unnumbered): void => {
    if (state !== 'ended') options.send({ ...message, seq: ++seq })
  }

  function end(fault?: EmographError): void {
    if (state === 'ended') return
    state = 'ended'
    queue.clear()
    labelling?.dispose()
    options.end(fault)
  }

  /** Coded errors are the client's; anything else is a fault of the server, and no label after it could be trusted. */
  function fail(cause: unknown, about: AboutUtterance = {}): void {
    const error = isEmographError(cause) ? cause : new EmographError('EMO_INTERNAL', { cause })
    if (error.status >= 500 && error.fatal) options.onFault(cause)
    emit({ type: 'error', code: error.code, message: error.message, fatal: error.fatal, ...about })
    if (error.fatal) end(error)
  }

  function enqueue(about: AboutUtterance, task: () => void | Promise<void>): void {
    queue.push(async () => {
      try {
        if (state !== 'ended') await task()
      } catch (error) {
        fail(error, about)
      }
    })
  }

  function checkRoom(): void {
    if (queue.size >= limits.pendingUtterances)
      throw new EmographError('EMO_RATE_LIMITED', {
        expected: `at most ${limits.pendingUtterances} messages without an answer`,
      })
  }

  function handle(message: ClientMessage, receivedAt: number): void {
    const about = { request_id: message.request_id }
    if (message.type === 'ping') emit({ type: 'pong', ...about })
    else if (state !== 'open') throw new EmographError('EMO_SESSION_CLOSED', { got: message.type })
    else take(message, about, receivedAt)
  }

  function take(message: Exclude<ClientMessage, { type: 'ping' }>, about: About, receivedAt: number): void {
    switch (message.type) {
      case 'session.update':
      case 'participant.update':
        checkRoom()
        apply(intake.update(message), about)
        break
      case 'transcript': {
        if (message.final) checkRoom()
        const utterance = intake.transcript(message)
        announce(utterance, about)
        if (message.final) label(utterance, receivedAt, about)
        break
      }
      case 'utterance.end':
        checkRoom()
        label(intake.end(message), receivedAt, about)
        break
      case 'session.close':
        void close('client', about)
        break
      case 'transcript.import':
      case 'session.resume':
        throw new EmographError('EMO_MESSAGE_UNSUPPORTED', { got: message.type })
    }
  }

  function apply(settings: Settings, about: About): void {
    enqueue(about, () => {
      if (settings.consent) labelling ??= createLabelling(model, settings.mode, emit)
      emit({ type: 'session.updated', ...settingsMessage(settings, model), ...about })
      labelling?.setMode(settings.mode)
    })
  }

  function announce(utterance: TakenUtterance, about: About): void {
    if (!utterance.started) return
    const { utteranceId, participant, startMs } = utterance
    emit({ type: 'utterance.start', utterance_id: utteranceId, participant, start_ms: startMs, ...about })
  }

  function label(utterance: TakenUtterance, receivedAt: number, about: About): void {
    const { utteranceId, text } = utterance
    enqueue({ ...about, utterance_id: utteranceId }, async () => {
      const features = { ...utterance.features }
      if (needsTextEncoding(text, features, model)) features.text = await encode(text)
      if (state === 'ended') return
      if (labelling === undefined) throw new Error('an utterance was accepted before the labeller was made')
      labelling.label({ ...utterance, features, requestId: about.request_id, elapsedMs: () => now() - receivedAt })
    })
  }

  /** One text at a time: a quantised encoder's vector must not depend on what else is in its batch. */
  async function encode(text: string): Promise<Float32Array> {
    const [vector] = (await model.textEncoder?.encode([text])) ?? []
    if (vector === undefined) throw new Error('the text encoder gave no vector for a text')
    return vector
  }

  async function close(reason: CloseReason, about: About = {}): Promise<void> {
    if (state === 'open') {
      state = 'closing'
      queue.push(() => {
        emit({ type: 'session.closed', reason, utterances: labelling?.count ?? 0, ...about })
        end()
      })
    }
    await queue.idle()
  }

  emit({ type: 'session.created', ...createdMessage(id, model, limits) })

  return {
    id,
    receive(raw) {
      const receivedAt = now()
      try {
        handle(parseClientMessage(raw), receivedAt)
      } catch (error) {
        fail(error, namesIn(raw))
      }
    },
    refuse: (error) => fail(error),
    close: (reason) => close(reason),
    abandon: () => end(),
  }
}

/** What an answer is about, as the client named it. */
interface About {
  readonly request_id?: string | undefined
}

interface AboutUtterance extends About {
  readonly utterance_id?: string | undefined
}

const settingsMessage = (settings: Settings, model: ServedModel) => ({
  mode: settings.mode,
  label_set: model.labelSet,
  participants: [...settings.participants],
  consent: settings.consent,
  purpose: settings.purpose,
  segmentation: settings.segmentation,
  interim_labels: settings.interimLabels,
  explain: settings.explain,
  store_media: settings.storeMedia,
})

function createdMessage(id: string, model: ServedModel, limits: Limits): Omit<SessionCreated, 'type' | 'seq'> {
  return {
    session_id: id,
    token: '',
    protocol: PROTOCOL_VERSION,
    model: {
      name: model.name,
      label_set: model.labelSet,
      labels: [...LABEL_SETS[model.labelSet]],
      modes: [...model.modes],
      modalities: [...model.modalities],
      feature_sizes: { ...model.featureSizes },
      text_encoder: model.textEncoder?.name ?? null,
      speech_recogniser: null,
    },
    limits: {
      message_bytes: limits.messageBytes,
      pending_utterances: limits.pendingUtterances,
      participants: limits.participants,
      history_utterances: model.historyLimit,
      frame_bytes: limits.messageBytes,
      frames_per_second: 5,
      resume_ms: 0,
    },
  }
}
