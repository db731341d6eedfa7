import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { describe, expect } from 'vitest'

/** Where distributions and vendors put it; `CHROMIUM` names another. */
const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export const CHROMIUM = PLACES.find((path) => path !== undefined && existsSync(path))

/** `describe` for tests in a browser: without one they are skipped, and the title says why; in CI there has to be one. */
export function describeInBrowser(title: string, body: () => void): void {
  if (CHROMIUM === undefined && process.env.CI !== undefined)
    throw new Error('No Chromium: .ci/run installs it, or set CHROMIUM to its path.')
  const there = CHROMIUM !== undefined
  describe.skipIf(!there)(there ? title : `${title} [skipped: no Chromium; set CHROMIUM to its path]`, body)
}

/** Headless, with a camera that shows a test picture and a microphone that plays a WAV file over and over. */
export function launchBrowser(microphone: string): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // WebGL without a graphics card.
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
  })
}

/**
 * What a page must not do: throw, write errors to its console, break its content security policy. The list grows.
 *
 * @param allowed errors that the test provokes: a server that is not there
 */
export function watchPage(page: Page, allowed: RegExp): readonly string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`${error.name}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !allowed.test(message.text())) faults.push(message.text())
    if (message.type() === 'warning' && message.text().includes('Content Security Policy')) faults.push(message.text())
  })
  return faults
}

/** axe-core over the whole page, rules of WCAG 2.2 A and AA: each violation by its rule and where it is. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const script = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  // Through the debugger, which the page's policy does not hold back.
  await page.evaluate(readFileSync(script, 'utf8'))
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  })
  expect(violations, what).toEqual([])
}
