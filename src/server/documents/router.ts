import { Router } from 'express'
import { asyncApiDocument } from './asyncapi.ts'
import { openApiDocument } from './openapi.ts'

/** The documents for machines: `GET /v1/openapi.json`, `GET /v1/asyncapi.json`. */
export function documentsRouter(options: { readonly version: string }): Router {
  const router = Router()
  const openApi = openApiDocument(options)
  const asyncApi = asyncApiDocument(options)
  router.get('/v1/openapi.json', (_request, response) => {
    response.json(openApi)
  })
  router.get('/v1/asyncapi.json', (_request, response) => {
    response.json(asyncApi)
  })
  return router
}
