import { z } from 'zod'
import { labelSetNameSchema } from '../conversation/label-sets.ts'
import { modalitySchema } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { loadServedModel } from '../server/load-model.ts'
import { SESSION_PATH } from '../server/protocol/fields.ts'
import { startServer } from '../server/server.ts'
import type { BackendChoice } from '../tensor/backend.ts'

/** What a replay has to know of the model that it plays to: part of `GET /v1/model`. */
const modelSchema = z.object({
  name: z.string(),
  label_set: labelSetNameSchema,
  modalities: z.array(modalitySchema),
  feature_columns: z.partialRecord(modalitySchema, z.array(z.string())),
  text_encoder: z.string().nullable(),
})
export type TargetModel = z.infer<typeof modelSchema>

/** The server that is played to. */
export interface Target {
  readonly socketUrl: string
  /** What lets a client in, where the server asks for it. */
  readonly token?: string | undefined
  readonly model: TargetModel
  close(): Promise<void>
}

/** A server of this process on a free port: the WebSocket is as real as that of any server. */
export async function startTarget(modelDir: string, backend: BackendChoice): Promise<Target> {
  const model = await loadServedModel(modelDir, { backend })
  const server = await startServer({ model, port: 0, logLevel: 'warn' })
  return {
    socketUrl: server.socketUrl,
    model: await describeModel(server.url),
    async close() {
      await server.close()
      await model.dispose()
    },
  }
}

/**
 * A server that runs.
 *
 * @param address `ws://…` or `http://…`, any path
 * @param token an access token of it
 * @throws EMO_CONNECTION_FAILED
 */
export async function findTarget(address: string, token?: string): Promise<Target> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^(ws|http)s?:$/.test(url.protocol))
    throw new EmographError('EMO_CONNECTION_FAILED', { field: '--url', expected: 'ws://… or http://…' })
  const secure = /^(wss|https):$/.test(url.protocol) ? 's' : ''
  return {
    socketUrl: `ws${secure}://${url.host}${SESSION_PATH}`,
    token,
    model: await describeModel(`http${secure}://${url.host}`, token),
    close: async () => {},
  }
}

async function describeModel(url: string, token?: string): Promise<TargetModel> {
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  try {
    const response = await fetch(`${url}/v1/model`, { headers })
    return modelSchema.parse(await response.json())
  } catch (cause) {
    throw new EmographError('EMO_CONNECTION_FAILED', { field: url, expected: 'an Emograph server', cause })
  }
}
