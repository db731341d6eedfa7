import { pipeline } from 'node:stream/promises'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { EmographError } from '../errors.ts'
import { type Authenticator, presentedToken } from './auth.ts'
import { EXPORT_FORMATS, EXPORTS } from './exports/formats.ts'
import { graphToGexfText, graphToJsonText, sessionGraph } from './exports/graph.ts'
import { conversationToJson } from './exports/json.ts'
import { mediaArchive } from './exports/media.ts'
import type { ServedModel } from './served-model.ts'
import { opensSession } from './session-access.ts'
import type { StoredSession } from './store/session-rows.ts'
import type { SessionStore } from './store/session-store.ts'

export interface SessionsOptions {
  readonly store: SessionStore
  /** Ends a session and removes every trace of it. */
  readonly removeSession: (sessionId: string) => boolean
  readonly auth: Authenticator
  readonly model: Pick<ServedModel, 'sha256' | 'graph'>
}

const GRAPH_FORMATS = ['json', 'gexf'] as const

/** How many sessions `GET /v1/sessions` names at most. */
const LISTED = 1_000

/**
 * Sessions over HTTP, for whoever has their token, or the access token that made them (`Authorization: Bearer …`):
 * `GET /v1/sessions`, `GET /v1/sessions/:id`, `/v1/sessions/:id/media`, `/v1/sessions/:id/graph?format=json|gexf`,
 * `/v1/sessions/:id/export?format=jsonl|webvtt|csv|emotionml|rttm`, `DELETE /v1/sessions/:id`. A session that is not there
 * and one that is another's are answered alike.
 */
export function sessionsRouter(options: SessionsOptions): Router {
  const { store, removeSession, auth, model } = options
  const router = Router()

  /** @throws EMO_SESSION_UNKNOWN */
  function open(request: Request<{ id: string }>): StoredSession {
    const session = store.sessions.find(request.params.id)
    if (!opensSession(presentedToken(request), session, auth)) throw new EmographError('EMO_SESSION_UNKNOWN')
    return session
  }

  function read(request: Request<{ id: string }>) {
    const conversation = store.readConversation(open(request).id)
    if (conversation === undefined) throw new EmographError('EMO_SESSION_UNKNOWN')
    return conversation
  }

  router.use('/v1/sessions', (_request, response, next) => {
    // What was said stays with who asked.
    response.setHeader('Cache-Control', 'no-store')
    next()
  })
  router.get('/v1/sessions', (request, response) => {
    const owner = auth.identify(request)
    // Without access tokens sessions are nobody's: their own tokens open them, and nothing lists them.
    const sessions = owner === undefined ? [] : store.sessions.listByOwner(owner, LISTED)
    response.json({ sessions: sessions.map(describe) })
  })
  router.get('/v1/sessions/:id', (request, response) => {
    response.json(conversationToJson(read(request)))
  })
  router.get('/v1/sessions/:id/export', (request, response) => {
    const conversation = read(request)
    const { mediaType, extension, write } = EXPORTS[formatOf(request, EXPORT_FORMATS)]
    attach(response, `${conversation.sessionId}.${extension}`)
    response.type(`${mediaType}; charset=utf-8`).send(write(conversation))
  })
  router.get('/v1/sessions/:id/graph', (request, response) => {
    const conversation = read(request)
    const format = formatOf(request, GRAPH_FORMATS)
    // Which edges there were is the model's to say.
    if (conversation.model.sha256 !== model.sha256) throw new EmographError('EMO_SESSION_MODEL_CHANGED')
    const graph = sessionGraph(conversation, model.graph)
    attach(response, `${conversation.sessionId}.${format}`)
    if (format === 'json') response.type('application/json').send(graphToJsonText(graph))
    else response.type('application/gexf+xml').send(graphToGexfText(graph))
  })
  router.get('/v1/sessions/:id/media', async (request, response) => {
    const { id, settings } = open(request)
    attach(response, `${id}.tar`)
    response.type('application/x-tar')
    await pipeline(mediaArchive(store.media, id, settings.participants), response)
  })
  router.delete('/v1/sessions/:id', (request, response) => {
    removeSession(open(request).id)
    response.status(204).end()
  })
  return router
}

function describe({ id, createdAt, activeAt, closedAt, settings, model }: StoredSession) {
  return {
    session_id: id,
    created_at: new Date(createdAt).toISOString(),
    active_at: new Date(activeAt).toISOString(),
    closed_at: closedAt === undefined ? null : new Date(closedAt).toISOString(),
    mode: settings.mode,
    label_set: model.labelSet,
    participants: settings.participants,
    purpose: settings.purpose,
  }
}

/** @throws EMO_QUERY_INVALID */
function formatOf<T extends string>(request: Request<{ id: string }>, formats: readonly [T, ...T[]]): T {
  const parsed = z.enum(formats).safeParse(request.query.format ?? formats[0])
  if (parsed.success) return parsed.data
  throw new EmographError('EMO_QUERY_INVALID', {
    field: 'format',
    expected: `one of ${formats.join(', ')}`,
    got: 'another',
  })
}

/** The id is ours: a UUID. */
const attach = (response: Response, name: string): void => {
  response.attachment(`emograph-${name}`)
}
