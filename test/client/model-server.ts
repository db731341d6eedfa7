import type { ClientMessage, Transcript } from '../../src/server/protocol/client-messages.ts'
import { AUDIO_SAMPLES_PER_MS, decodeMediaFrame, type MediaKind } from '../../src/server/protocol/media-frame.ts'
import { parseClientMessage } from '../../src/server/protocol/parse.ts'
import type { ServerMessage, SessionCreated, Unnumbered } from '../../src/server/protocol/server-messages.ts'
import type { Data, Listener, Peer } from './fake-network.ts'
import type { FakeTime } from './fake-time.ts'

/** The protocol's server as a client can see it, as short as it can be: the second implementation that it is held against. */
export interface ModelServer extends Listener {
  readonly sessions: ReadonlyMap<string, ModelSession>
  /** Says goodbye to everybody; sessions stay. */
  shutDown(): void
  /** As if it had no store. */
  forgetAll(): void
  /** Any message, to every client. */
  sayToAll(message: object): void
}

export interface ModelSession {
  readonly kept: ServerMessage[]
  /** Final transcripts in the order in which they were taken, with how far the speaker's audio was held then. */
  readonly taken: { text: string; audioMs: number }[]
  /** Who has begun to speak and not ended. */
  readonly open: ReadonlyMap<string, string>
  /** Requests that were sent again although their answer had been seen. */
  needless: number
  readonly frames: { kind: MediaKind; participant: number; startMs: number }[]
}

interface Session extends ModelSession {
  readonly id: string
  readonly requests: Set<string>
  readonly held: { audio: number; video: number }[]
  participants: { id: string }[]
  peer: Peer | undefined
  readonly open: Map<string, string>
  seen: number
  closed: boolean
}

export interface ModelOptions {
  readonly resumeMs?: number
  /** ms from a final transcript to its label, at most. */
  readonly labelMs?: number
  readonly rateLimitEvery?: number
}

const LABELS = ['hap', 'sad'] as const
const token = (id: string): string => `key of ${id}`

export function createModelServer(time: FakeTime, options: ModelOptions = {}): ModelServer {
  const sessions = new Map<string, Session>()
  let messages = 0
  let made = 0

  function keep(session: Session, message: Unnumbered): void {
    const numbered = { ...message, seq: session.kept.length + 1 } as ServerMessage
    session.kept.push(numbered)
    session.peer?.send(JSON.stringify(numbered))
  }

  const tell = (session: Session, message: Unnumbered): void =>
    session.peer?.send(JSON.stringify({ ...message, seq: session.kept.length }))

  function create(peer: Peer): Session {
    const id = `s${++made}`
    const session: Session = {
      id,
      kept: [],
      taken: [],
      frames: [],
      requests: new Set(),
      held: [],
      participants: [],
      peer,
      open: new Map(),
      seen: 0,
      needless: 0,
      closed: false,
    }
    sessions.set(id, session)
    keep(session, { type: 'session.created', ...greeting(id, options.resumeMs ?? 120_000) })
    return session
  }

  function resume(peer: Peer, message: Extract<ClientMessage, { type: 'session.resume' }>): Session | undefined {
    const session = sessions.get(message.session_id)
    if (session === undefined || message.token !== token(session.id)) {
      const about = { request_id: message.request_id, message: 'unknown', fatal: false }
      peer.send(JSON.stringify({ type: 'error', seq: 1, code: 'EMO_SESSION_UNKNOWN', ...about }))
      return undefined
    }
    session.peer = peer
    session.seen = message.last_seq
    const missed = session.kept.slice(message.last_seq)
    for (const each of missed) peer.send(JSON.stringify(each))
    tell(session, {
      type: 'session.resumed',
      request_id: message.request_id,
      session_id: session.id,
      replayed: missed.length,
      media: session.held.flatMap(({ audio, video }, i) =>
        session.participants[i] === undefined
          ? []
          : [{ participant: session.participants[i].id, audio_ms: audio, video_ms: video }],
      ),
    })
    return session
  }

  function transcript(session: Session, message: Transcript): void {
    const { participant, text } = message
    const index = session.participants.findIndex(({ id }) => id === participant)
    const about = message.request_id === undefined ? {} : { request_id: message.request_id }
    if (index < 0) {
      tell(session, { type: 'error', code: 'EMO_PARTICIPANT_UNKNOWN', message: 'unknown', fatal: false, ...about })
      return
    }
    const times = { start_ms: message.start_ms, end_ms: message.end_ms }
    const began = session.open.get(participant)
    const utterance = began ?? message.utterance_id ?? `made ${session.taken.length} ${session.open.size}`
    if (began === undefined)
      keep(session, {
        type: 'utterance.start',
        utterance_id: utterance,
        participant,
        start_ms: times.start_ms,
        ...about,
      })
    if (!message.final) {
      session.open.set(participant, utterance)
      return
    }
    session.open.delete(participant)
    session.taken.push({ text, audioMs: session.held[index]?.audio ?? 0 })
    // A label that is due comes whether the client is there or not, before or after a restart.
    time.after(time.upTo(options.labelMs ?? 200), () =>
      keep(session, {
        type: 'utterance.label',
        ...about,
        utterance_id: utterance,
        participant,
        text,
        ...times,
        label: 'hap',
        probabilities: LABELS.map((name) => ({ name, probability: 0.5 })),
        modalities: ['text'],
        mode: 'live',
        final: true,
        interim: false,
        latency_ms: 1,
      }),
    )
  }

  function handle(session: Session, message: ClientMessage): void {
    if (++messages % (options.rateLimitEvery ?? 7) === 0)
      tell(session, { type: 'rate_limited', reason: 'messages', retry_after_ms: 30 })
    if (message.type === 'ping') {
      tell(session, { type: 'pong', request_id: message.request_id })
      return
    }
    const id = message.request_id
    if (session.closed) return
    if (id !== undefined && session.requests.has(id)) {
      const seen = session.kept.slice(0, session.seen)
      if (seen.some((each) => each.request_id === id && each.type !== 'utterance.start')) session.needless++
      return
    }
    if (id !== undefined) session.requests.add(id)
    if (message.type === 'session.update') {
      for (const { id: participant } of message.participants ?? [])
        if (!session.participants.some((other) => other.id === participant))
          session.participants.push({ id: participant })
      keep(session, updated(session.participants, id))
    } else if (message.type === 'transcript') transcript(session, message)
    else if (message.type === 'transcript.import')
      transcript(session, { ...(message.payload as Transcript), request_id: id, final: true })
    else if (message.type === 'session.close') {
      session.closed = true
      keep(session, { type: 'session.closed', request_id: id, reason: 'client', utterances: session.taken.length })
      session.peer?.close(1000)
    }
  }

  function media(session: Session, data: Uint8Array): void {
    const { kind, participant, startMs, payload } = decodeMediaFrame(data)
    session.held[participant] ??= { audio: 0, video: 0 }
    const held = session.held[participant]
    session.frames.push({ kind, participant, startMs })
    if (kind === 'image') held.video = startMs
    else held.audio = Math.max(held.audio, startMs + payload.byteLength / 2 / AUDIO_SAMPLES_PER_MS)
  }

  return {
    sessions,
    open(peer) {
      let session: Session | undefined = create(peer)
      let first = true
      return {
        message(data: Data) {
          if (typeof data !== 'string') {
            if (session !== undefined) media(session, data)
            return
          }
          const message = parseClientMessage(data)
          if (first && message.type === 'session.resume') {
            if (session !== undefined) sessions.delete(session.id)
            session = resume(peer, message)
          } else if (session !== undefined) handle(session, message)
          first = false
        },
        gone() {
          if (session?.peer === peer) session.peer = undefined
        },
      }
    },
    forgetAll() {
      sessions.clear()
    },
    sayToAll(message) {
      for (const { peer } of sessions.values()) peer?.send(JSON.stringify(message))
    },
    shutDown() {
      for (const session of sessions.values()) {
        tell(session, { type: 'session.closed', reason: 'shutdown', utterances: session.taken.length })
        session.peer?.close(1001)
      }
    },
  }
}

function updated(participants: { id: string }[], id: string | undefined): Unnumbered {
  return {
    type: 'session.updated',
    request_id: id,
    mode: 'live',
    label_set: 'iemocap6',
    participants: [...participants],
    consent: true,
    segmentation: 'client',
    interim_labels: true,
    explain: false,
    store_media: false,
  }
}

const greeting = (id: string, resumeMs: number): Omit<SessionCreated, 'type' | 'seq'> => ({
  session_id: id,
  token: token(id),
  protocol: 'v1',
  model: {
    name: 'model',
    label_set: 'iemocap6',
    labels: [...LABELS],
    modes: ['live'],
    modalities: ['text', 'audio', 'visual'],
    feature_sizes: {},
    text_encoder: null,
    speech_recogniser: null,
  },
  limits: {
    message_bytes: 100_000,
    pending_utterances: 64,
    participants: 8,
    history_utterances: 100,
    frame_bytes: 100_000,
    frames_per_second: 5,
    resume_ms: resumeMs,
  },
})
