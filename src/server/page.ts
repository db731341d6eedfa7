import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type RequestHandler, Router } from 'express'
import { EmographError } from '../errors.ts'
import { packagePath } from '../package.ts'

/** Where `npm run build` puts the page. */
const BUILT_PAGE = packagePath('dist/web')

/**
 * The page in the browser: `/` and the files it names. Those under `/assets/` have their content's hash in their names and
 * may be kept for ever; the page itself is asked for anew each time.
 *
 * @param dir the built page; where it is missing, `/` is answered by EMO_PAGE_MISSING, as a page for a browser
 */
export function pageRouter(dir: string = BUILT_PAGE): Router {
  const router = Router()
  if (!existsSync(join(dir, 'index.html'))) return router.get('/', withoutPage)
  router.use(
    express.static(dir, {
      index: 'index.html',
      redirect: false,
      setHeaders(response, path) {
        const hashed = path.startsWith(join(dir, 'assets'))
        response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    }),
  )
  return router
}

const withoutPage: RequestHandler = (_request, response, next) => {
  const error = new EmographError('EMO_PAGE_MISSING')
  response.format({
    'text/html': () => {
      response
        .status(error.status)
        .send(
          `<!doctype html><html lang="en"><title>Emograph: ${error.code}</title><h1>${error.code}</h1><p>${error.message}</p></html>`,
        )
    },
    default: () => next(error),
  })
}
