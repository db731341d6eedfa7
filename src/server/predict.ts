import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RequestHandler, Router } from 'express'
import multer, { MulterError } from 'multer'
import { z } from 'zod'
import { EmographError } from '../errors.ts'
import type { Prediction, Predictor } from '../recognisers/predictor.ts'
import type { PredictLimits } from './limits.ts'
import { predictText } from './predict-text.ts'
import type { ServedModel } from './served-model.ts'

export interface PredictOptions {
  readonly model: ServedModel
  readonly predictor: Predictor
  readonly limits: PredictLimits
}

const MEDIA = ['audio', 'image', 'video'] as const

/** As many as the schema has. */
const FIELDS = 4

const fieldsSchema = z.strictObject({
  text: z.string().optional(),
  /** The picture is a cut-out face. */
  whole: z.enum(['true', 'false']).default('false'),
  consent: z.literal('true').optional(),
  purpose: z.string().optional(),
})

/**
 * `POST /v1/predict`, multipart/form-data with one or more of the files `audio`, `image`, `video` and the field `text`, beside
 * `consent=true` and a `purpose` as a session wants them. Answers `{ predictions }`, one for each medium (a video has
 * two). Uploads lie in a folder of this process for as long as the answer takes.
 */
export function predictRouter({ model, predictor, limits }: PredictOptions): Router {
  // Only this process's user may look into it; made with an upload, and gone when none is left.
  let folder: Promise<string> | undefined
  const upload = multer({
    storage: multer.diskStorage({
      destination: (_request, _file, done) => {
        folder ??= mkdtemp(join(tmpdir(), 'emograph-upload-'))
        folder.then(
          (path) => done(null, path),
          (error: Error) => done(error, ''),
        )
      },
      filename: (_request, _file, done) => done(null, randomUUID()),
    }),
    limits: {
      fileSize: limits.predictBytes,
      files: MEDIA.length,
      fields: FIELDS,
      fieldSize: limits.predictTextBytes,
      parts: MEDIA.length + FIELDS,
    },
  }).fields(MEDIA.map((name) => ({ name, maxCount: 1 })))

  function leaveFolder(): void {
    const left = folder
    folder = undefined
    // Not empty: the file of a client that went away is still looked at. It goes with the next upload.
    left
      ?.then((path) => rmdir(path))
      .catch(() => {
        folder ??= left
      })
  }

  let running = 0
  const admit: RequestHandler = (_request, response, next) => {
    if (running >= limits.predictions)
      throw new EmographError('EMO_RATE_LIMITED', { expected: 'fewer predictions at once' })
    running += 1
    response.on('close', () => {
      running -= 1
      if (running === 0) leaveFolder()
    })
    next()
  }

  async function predict(files: readonly Express.Multer.File[], body: unknown): Promise<Prediction[]> {
    const fields = parseFields(body)
    requireConsent(fields)
    const predictions: Prediction[] = []
    for (const { fieldname, path } of files) {
      if (fieldname === 'audio') predictions.push(await predictor.audio(path))
      if (fieldname === 'image') predictions.push(await predictor.image(path, { whole: fields.whole === 'true' }))
      if (fieldname === 'video') predictions.push(...(await predictor.video(path)))
    }
    if (fields.text !== undefined) predictions.push(await predictText(model, fields.text))
    if (predictions.length > 0) return predictions
    throw new EmographError('EMO_UPLOAD_INVALID', { expected: 'audio, image, video or text', got: 'none of them' })
  }

  const answer: RequestHandler = async (request, response) => {
    const files = Object.values((request.files ?? {}) as Record<string, Express.Multer.File[]>).flat()
    try {
      const predictions = await predict(files, request.body)
      await discard(files)
      response.json({ predictions })
    } catch (error) {
      await discard(files)
      throw withoutPath(error)
    }
  }

  const router = Router()
  router.post('/v1/predict', admit, multipartOnly, codedUpload(upload, limits), answer)
  return router
}

async function discard(files: readonly Express.Multer.File[]): Promise<void> {
  await Promise.all(files.map(({ path }) => rm(path, { force: true })))
}

const multipartOnly: RequestHandler = (request, _response, next) => {
  if (request.is('multipart/form-data')) return next()
  throw new EmographError('EMO_UPLOAD_INVALID', { field: 'Content-Type', expected: 'multipart/form-data' })
}

/** multer's refusals under our codes. */
const codedUpload =
  (upload: RequestHandler, limits: PredictLimits): RequestHandler =>
  (request, response, next) =>
    upload(request, response, (cause?: unknown) => next(cause === undefined ? undefined : uploadError(cause, limits)))

function uploadError(cause: unknown, limits: PredictLimits): EmographError {
  const code = cause instanceof MulterError ? cause.code : undefined
  if (code !== undefined && code !== 'LIMIT_UNEXPECTED_FILE')
    return new EmographError('EMO_UPLOAD_TOO_LARGE', { ...TOO_LARGE(limits)[code], cause })
  const got = code === undefined ? formFault(cause) : 'a file of another name, or a second one of the same'
  return new EmographError('EMO_UPLOAD_INVALID', {
    expected: `multipart/form-data with at most one file each of ${MEDIA.join(', ')}, or text`,
    ...(got !== undefined && { got }),
    cause,
  })
}

/** What was too much, by multer's codes; those that are not here name nothing that a client would know. */
const TOO_LARGE = (
  limits: PredictLimits,
): Partial<Record<string, { field?: string; expected: string; got: string }>> => ({
  LIMIT_FILE_SIZE: { expected: `files of at most ${limits.predictBytes} bytes`, got: 'a longer one' },
  LIMIT_FIELD_VALUE: { expected: `fields of at most ${limits.predictTextBytes} bytes`, got: 'a longer one' },
  LIMIT_FILE_COUNT: { expected: `at most ${MEDIA.length} files`, got: 'more' },
  LIMIT_FIELD_COUNT: { expected: `at most ${FIELDS} fields`, got: 'more' },
  LIMIT_PART_COUNT: { expected: `at most ${MEDIA.length + FIELDS} parts`, got: 'more' },
})

/** The parser's faults that a client can do something about; its other messages are left to the log. */
function formFault(cause: unknown): string | undefined {
  const message = cause instanceof Error ? cause.message : ''
  if (message.includes('Boundary not found')) return 'no boundary in Content-Type'
  return message.includes('Unexpected end') ? 'a form that ends early' : undefined
}

function parseFields(body: unknown): z.infer<typeof fieldsSchema> {
  const parsed = fieldsSchema.safeParse({ ...(body as object | undefined) })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  // The name of a field is the client's own words: it is not repeated.
  if (issue.code === 'unrecognized_keys') {
    const medium = MEDIA.find((name) => issue.keys.includes(name))
    if (medium !== undefined) {
      const fix = `Send it as a file, by curl: -F ${medium}=@FILE.`
      throw new EmographError('EMO_UPLOAD_INVALID', { field: medium, expected: 'a file', got: 'a text', fix })
    }
    throw new EmographError('EMO_UPLOAD_INVALID', {
      expected: `the fields ${Object.keys(fieldsSchema.shape).join(', ')}`,
      got: 'another',
    })
  }
  throw new EmographError('EMO_UPLOAD_INVALID', { field: issue.path.join('.'), expected: issue.message })
}

function requireConsent({ consent, purpose }: z.infer<typeof fieldsSchema>): void {
  if (consent === 'true' && purpose !== undefined && purpose.trim() !== '') return
  throw new EmographError('EMO_CONSENT_REQUIRED', {
    expected: 'the fields consent=true and purpose',
    fix: 'Ask whoever is heard or seen, then send consent=true and what the labels are for as purpose.',
  })
}

/** The error without the place of the upload on this machine. */
function withoutPath(error: unknown): unknown {
  if (!(error instanceof EmographError) || error.detail.file === undefined) return error
  const { file: _file, ...detail } = error.detail
  return new EmographError(error.code, detail)
}
