import { fileURLToPath } from 'node:url'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { packagePath } from '../src/package.ts'
import { loadServedModel } from '../src/server/load-model.ts'
import { startServer } from '../src/server/server.ts'

/**
 * `npm run screenshots`: the pictures of the page in docs/images, taken of the built page with the shipped checkpoint while
 * it replays the bundled conversation. `CHROMIUM` names the browser.
 */

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url))
const WIDE = { viewport: { width: 1360, height: 1080 } }
const NARROW = { viewport: { width: 420, height: 860 }, deviceScaleFactor: 1.5 }
/** The utterance that is looked at, from 0: one whose influences lie far back. */
const LOOKED_AT = 28

const model = await loadServedModel(packagePath('models/emograph-iemocap6'), { backend: 'auto' })
const server = await startServer({ model, port: 0, logLevel: 'error' })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // WebGL without a graphics card.
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
})
try {
  await picture('page-light', { ...WIDE, colorScheme: 'light' }, async (page) => {
    await replay(page, 'live')
    await lookAt(page)
  })
  await picture('page-dark', { ...WIDE, colorScheme: 'dark' }, async (page) => {
    await replay(page, 'live')
    await page.getByRole('radio', { name: 'Offline' }).check({ force: true })
    await page.locator('.former:not([hidden])').first().waitFor({ state: 'attached' })
    await page.locator('.former:not([hidden])').last().scrollIntoViewIfNeeded()
  })
  await picture('page-narrow', { ...NARROW, colorScheme: 'light' }, async (page) => {
    await replay(page, 'live')
    await page.getByRole('button', { name: 'Emotions' }).click()
  })
} finally {
  await browser.close()
  await server.close()
  await model.dispose()
}

async function picture(name: string, options: BrowserContextOptions, prepare: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(server.url)
  await prepare(page)
  // Fonts, the graph and the last frame of everything.
  await page.waitForTimeout(1_500)
  await page.screenshot({ path: `${IMAGES}${name}.png` })
  await context.close()
  console.log(`docs/images/${name}.png`)
}

async function replay(page: Page, mode: string): Promise<void> {
  await page.getByRole('button', { name: /^Replay a conversation/ }).click()
  await page.getByLabel('Speed').selectOption('no pause')
  await page.getByLabel('Mode').selectOption(mode)
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByRole('button', { name: 'Played' }).waitFor()
  await page.locator('.utterance[data-phase=labelled]').nth(38).waitFor({ state: 'attached' })
}

async function lookAt(page: Page): Promise<void> {
  await page.locator('.utterance-button').nth(LOOKED_AT).click()
}
