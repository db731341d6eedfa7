import { z } from 'zod'
import { EmographError, ERRORS, type ErrorCode } from '../../../src/errors.ts'
import { modelSchema, predictionsSchema, sessionSchema } from '../../../src/server/http-messages.ts'
import type { Access } from './access.ts'

export type ServedModelFacts = z.infer<typeof modelSchema>
export type StoredConversation = z.infer<typeof sessionSchema>
export type ShownPrediction = z.infer<typeof predictionsSchema>['predictions'][number]

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

export const EXPORT_FORMATS = {
  jsonl: 'JSON lines',
  webvtt: 'WebVTT with emotions',
  csv: 'CSV table',
  emotionml: 'EmotionML 1.0',
  rttm: 'RTTM',
} as const
export type ExportFormat = keyof typeof EXPORT_FORMATS

/** The HTTP side of the server. Every function fails with the coded error that the server answers by. */
export interface Api {
  /** Whether the access token, or having none, is enough. @throws EMO_UNAUTHORIZED */
  checkAccess(): Promise<void>
  readModel(): Promise<ServedModelFacts>
  /** @param form fields as `POST /v1/predict` wants them */
  predict(form: FormData): Promise<readonly ShownPrediction[]>
  readConversation(session: SessionToken): Promise<StoredConversation>
  exportConversation(
    session: SessionToken,
    format: ExportFormat,
  ): Promise<{ readonly blob: Blob; readonly name: string }>
  deleteConversation(session: SessionToken): Promise<void>
}

export interface SessionToken {
  readonly id: string
  readonly token: string
}

export function createApi(access: Access, fetchIt: typeof fetch = (...args) => fetch(...args)): Api {
  /** @param token in place of the access token: a session's own */
  async function request(path: string, init: RequestInit = {}, token = access.token): Promise<Response> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    let response: Response
    try {
      response = await fetchIt(path, { ...init, headers: { accept: 'application/json, */*;q=0.5', ...headers } })
    } catch (cause) {
      throw new EmographError('EMO_CONNECTION_FAILED', { cause })
    }
    if (response.ok) return response
    throw await codedError(response)
  }

  const addressOf = ({ id }: SessionToken): string => `/v1/sessions/${encodeURIComponent(id)}`

  return {
    async checkAccess() {
      // What is listed are the sessions of this token; the page keeps its own and has no use for them.
      await request('/v1/sessions')
    },
    readModel: async () => modelSchema.parse(await (await request('/v1/model')).json()),
    async predict(body) {
      const answer: unknown = await (await request('/v1/predict', { method: 'POST', body })).json()
      return predictionsSchema.parse(answer).predictions
    },
    readConversation: async (session) =>
      sessionSchema.parse(await (await request(addressOf(session), {}, session.token)).json()),
    async exportConversation(session, format) {
      const response = await request(`${addressOf(session)}/export?format=${format}`, {}, session.token)
      const named = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
      return { blob: await response.blob(), name: named ?? `conversation.${format}` }
    },
    async deleteConversation(session) {
      await request(addressOf(session), { method: 'DELETE' }, session.token)
    },
  }
}

async function codedError(response: Response): Promise<EmographError> {
  const parsed = errorSchema.safeParse(await response.json().catch(() => undefined))
  const named = parsed.success && Object.hasOwn(ERRORS, parsed.data.error.code)
  const code = named
    ? (parsed.data.error.code as ErrorCode)
    : response.status === 404
      ? 'EMO_NOT_FOUND'
      : 'EMO_INTERNAL'
  const error = new EmographError(code, { got: `status ${response.status}` })
  if (parsed.success) error.message = parsed.data.error.message
  return error
}
