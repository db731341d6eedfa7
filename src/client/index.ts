/**
 * The client of an Emograph server, for Node and for browsers: the package's `emograph/client`.
 *
 * @example
 * import { connect } from 'emograph/client'
 *
 * const client = await connect('ws://127.0.0.1:8765/v1/session')
 * await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'notes of this meeting' })
 * client.on('utterance.label', ({ participant, label }) => console.log(participant, label))
 * await client.label({ participant: 'ann', text: 'We finally got the keys!', start_ms: 0, end_ms: 1300 })
 * await client.close()
 */

export { LABEL_SETS, LABEL_TITLES, type LabelSetName } from '../conversation/label-sets.ts'
export { EmographError, type ErrorCode, isEmographError } from '../errors.ts'
export type {
  ServerMessage,
  ServerMessageOf,
  SessionClosed,
  SessionCreated,
  SessionUpdated,
  UtteranceLabel,
  UtteranceRevised,
} from '../server/protocol/server-messages.ts'
export type { ResumeOptions } from './backoff.ts'
export { connect } from './client.ts'
export type { ClientClock } from './clock.ts'
export type { WebSocketConstructor, WebSocketLike } from './connection.ts'
export type { ClientState, StateEvent } from './link.ts'
export type { BufferDropped } from './media-buffer.ts'
export { type PlayedConversation, type PlayOptions, playConversation } from './play.ts'
export type { Credentials } from './session-state.ts'
export type {
  Client,
  ClientEvent,
  ClientEventOf,
  ConnectOptions,
  ImportInput,
  SettingsInput,
  TranscriptInput,
} from './types.ts'
