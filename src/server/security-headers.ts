import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * What a browser may do with an answer of this server: a page of its own scripts, styles and fonts, nothing inline and
 * nothing from elsewhere, that is in no frame, asks for microphone and camera and for nothing else, and is kept in no
 * cache where it is somebody's conversation.
 */
export function securityHeaders(): RequestHandler[] {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        // Pictures of the camera and uploads, shown before they are sent.
        imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        // Older browsers do not count a WebSocket of the same host to 'self'.
        connectSrc: ["'self'", (request) => sameHostSockets(request)],
        // The bundler may give a worker or an audio worklet as a blob; its code is the page's own.
        workerSrc: ["'self'", 'blob:'],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whether there is TLS, and for which names, is known by the proxy that adds it.
    strictTransportSecurity: false,
  })
  return [
    headers,
    (request, response, next) => {
      response.setHeader('Permissions-Policy', PERMISSIONS)
      // Everything but the page's own files: conversations, labels, figures.
      if (request.path.startsWith('/v1/') || request.path === '/metrics')
        response.setHeader('Cache-Control', 'no-store')
      next()
    },
  ]
}

const PERMISSIONS = [
  'microphone=(self)',
  'camera=(self)',
  ...['display-capture', 'geolocation', 'payment', 'usb', 'serial', 'midi'].map((name) => `${name}=()`),
].join(', ')

/** The addresses of WebSockets at the host that the page came from. */
function sameHostSockets({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const host = headers.host ?? ''
  // It comes from outside, and goes into a header: letters of host names and addresses only.
  return /^[a-z0-9.:[\]-]+$/i.test(host) ? `ws://${host} wss://${host}` : "'self'"
}
