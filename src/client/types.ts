import type { ClientMessageInput, SessionUpdate } from '../server/protocol/client-messages.ts'
import type {
  ServerMessage,
  SessionClosed,
  SessionCreated,
  SessionUpdated,
  UtteranceLabel,
} from '../server/protocol/server-messages.ts'
import type { ResumeOptions } from './backoff.ts'
import type { ClientClock } from './clock.ts'
import type { WebSocketConstructor } from './connection.ts'
import type { ClientState, StateEvent } from './link.ts'
import type { BufferDropped, MediaLimits } from './media-buffer.ts'
import type { Credentials } from './session-state.ts'

type Input<T extends ClientMessageInput['type']> = Omit<Extract<ClientMessageInput, { type: T }>, 'type' | 'request_id'>

export type TranscriptInput = Omit<Input<'transcript'>, 'final'>
export type ImportInput = Input<'transcript.import'>
export type SettingsInput = Omit<SessionUpdate, 'type' | 'request_id'>

/** What a client can be listened to for: every message of the server, its own state, media that it had to give up. */
export type ClientEvent = ServerMessage | StateEvent | BufferDropped
export type ClientEventOf<T extends ClientEvent['type']> = Extract<ClientEvent, { type: T }>

/** One conversation with a server, over as many connections as it takes. */
export interface Client {
  /** The server's greeting: the session, the model, the limits. */
  readonly session: SessionCreated
  /** As the server has last confirmed them; undefined before the first `configure`. */
  readonly settings: SessionUpdated | undefined
  readonly state: ClientState
  /** What `connect` takes up this session by; it changes with every message that is kept. */
  readonly credentials: Credentials
  /** Bytes that were given to this client and are not on their way yet. */
  readonly bufferedAmount: number
  /** Sends `session.update`; resolves with the settings as they now are. */
  configure(settings: SettingsInput): Promise<SessionUpdated>
  /** Sends a final transcript; resolves with its label. */
  label(transcript: TranscriptInput): Promise<UtteranceLabel>
  /** Sends an interim transcript, which is not answered by a label of its own; the newest takes the place of others. */
  interim(transcript: TranscriptInput): void
  /** The participant has stopped speaking: the last interim transcript is the final one; resolves with its label. */
  endUtterance(participant: string, endMs?: number): Promise<UtteranceLabel>
  /** Sends what another recogniser has said; resolves when the server has taken it. Its labels come as events. */
  importTranscript(transcript: ImportInput): Promise<void>
  /**
   * Sends sound of a participant that the server has confirmed: 16 kHz mono, in frames of about 100 ms.
   *
   * @throws EMO_PARTICIPANT_UNKNOWN, EMO_MEDIA_INVALID, EMO_CONNECTION_CLOSED
   */
  sendAudio(participant: string, startMs: number, samples: Int16Array): void
  /** Sends one picture of a participant. @throws as `sendAudio`, and EMO_MESSAGE_TOO_LARGE */
  sendImage(participant: string, startMs: number, jpeg: Uint8Array): void
  /** Resolves when the server has answered a `ping`. */
  ping(): Promise<void>
  /** Resolves when nothing waits to be sent. */
  drained(): Promise<void>
  /** Calls `listener` with every event of that type, until the returned function is called. */
  on<T extends ClientEvent['type']>(type: T, listener: (event: ClientEventOf<T>) => void): () => void
  /** Sends `session.close`; resolves when every label and revision has come. */
  close(): Promise<SessionClosed>
  /**
   * Ends the connection at once; what is awaited fails with EMO_CONNECTION_CLOSED. The session waits on the server for
   * somebody with its `credentials`.
   */
  terminate(): void
}

export interface ConnectOptions {
  /** An access token of the server. */
  readonly token?: string
  /** Taken instead of the global `WebSocket` or that of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor
  /** Takes up this session instead of opening one. */
  readonly session?: Credentials
  /** Gives up connecting, which may take as long as `resume` says; what is connected is ended by `terminate`. */
  readonly signal?: AbortSignal
  /** How a lost connection is made again; `false`: not at all. */
  readonly resume?: ResumeOptions | false
  /** What is kept at most: media of each participant, requests without an answer, and bytes of these. */
  readonly buffer?: Partial<MediaLimits> & { readonly requests?: number; readonly bytes?: number }
  /** After so long without a message the server is asked for one, after twice as long the connection counts as lost. */
  readonly heartbeatMs?: number
  /** Gets every message before the listeners, from the first on: when a session is taken up, what was missed. */
  readonly onMessage?: (message: ServerMessage) => void
  readonly clock?: ClientClock
}
