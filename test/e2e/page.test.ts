import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { noise, sine } from '../support/sounds.ts'
import { wav } from '../support/wav.ts'
import { describeInBrowser, expectAccessible, launchBrowser, watchPage } from './browser.ts'
import { createServing, type Serving } from './serving.ts'

/** The page as people use it: a real browser with a microphone and a camera, a real server, random weights. */

/** Everything on a machine that is busy with other things. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 })

/** What the browser itself says while the server is away. */
const AWAY = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/

describeInBrowser('the page', () => {
  let folder: string
  let removeCheckpoint: () => Promise<void>
  let serving: Serving
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emograph-page-'))
    const checkpoint = await writeTestCheckpoint()
    removeCheckpoint = checkpoint.remove
    const microphone = join(folder, 'microphone.wav')
    const hiss = noise(2, 0.05)
    const sound = sine(220, 2, 0.3).map((value, i) => value + hiss[i]!)
    await writeFile(microphone, wav([sound], { encoding: 's16' }))
    serving = await createServing(['--model', checkpoint.dir, '--data-dir', join(folder, 'data')])
    ;[browser] = await Promise.all([launchBrowser(microphone), serving.start()])
  })
  afterAll(async () => {
    await browser?.close()
    await serving?.kill()
    await removeCheckpoint?.()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' })
    page = await context.newPage()
    page.setDefaultTimeout(30_000)
    const faults = watchPage(page, AWAY)
    onTestFinished(async () => {
      await context.close()
      expect(faults).toEqual([])
    })
    await page.goto(serving.url)
  })

  const labelled = () => page.locator('.utterance[data-phase=labelled]')
  const connection = () => page.locator('.connection')
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })

  async function say(text: string): Promise<void> {
    const before = await labelled().count()
    await page.getByRole('textbox', { name: 'What is said' }).fill(text)
    await button('Say').click()
    await labelled().nth(before).waitFor()
  }

  /** Who speaks is chosen and the words are there before the page has been drawn again. */
  async function sayAtOnceAs(name: string, text: string): Promise<void> {
    const before = await labelled().count()
    const choice = await page.getByRole('radio', { name }).elementHandle()
    await page.getByRole('textbox', { name: 'What is said' }).evaluate(
      (input: HTMLInputElement, [radio, words]) => {
        ;(radio as HTMLInputElement).click()
        input.value = words
        input.dispatchEvent(new InputEvent('input'))
      },
      [choice, text] as const,
    )
    await button('Say').click()
    await labelled().nth(before).waitFor()
  }

  /** What stands on the page: who, what, which label with which share. */
  const conversation = (): Promise<string[]> =>
    labelled().evaluateAll((rows) =>
      rows.map((row) =>
        ['.speaker', '.words', '.utterance-label'].map((part) => row.querySelector(part)?.textContent).join(' | '),
      ),
    )

  async function startMeeting(...names: readonly string[]): Promise<void> {
    await button(/^Start a meeting/).click()
    for (const [i, name] of names.entries()) {
      if (i > 0) await button('+ Add a person').click()
      await page.getByRole('textbox', { name: `Name of participant ${i + 1}` }).fill(name)
    }
    // Off where the model does not judge by it; it is sent nevertheless when somebody wants it.
    await page.getByRole('checkbox', { name: 'Camera' }).check()
    await page.getByRole('textbox', { name: 'What are the labels for?' }).fill('a test of the page')
    await page.getByRole('checkbox', { name: /agrees/ }).check()
    await button('Start').click()
    await eventually(() => connection().textContent()).toContain('connected')
  }

  test('a meeting: consent, microphone and camera, labels, the switch, a killed server, a reload, deletion', async () => {
    // Without consent and a purpose nothing begins.
    await button(/^Start a meeting/).click()
    await page.getByRole('textbox', { name: 'Name of participant 1' }).fill('Ann')
    await button('Start').click()
    await page.getByRole('checkbox', { name: /agrees/ }).check()
    await page.getByRole('textbox', { name: 'What are the labels for?' }).fill('  ')
    await button('Start').click()
    expect(await page.locator('dialog :invalid').count()).toBeGreaterThan(0)
    expect(await page.getByRole('dialog').isVisible()).toBe(true)
    await expectAccessible(page, 'the start dialog')
    await page.keyboard.press('Escape')

    await startMeeting('Ann', 'Bob')
    for (const device of ['Microphone', 'Camera'])
      await eventually(() => button(new RegExp(`^${device}`)).getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('video.preview').isVisible()).toBe(true)
    await eventually(() => page.locator('meter').evaluate((meter: HTMLMeterElement) => meter.value)).toBeGreaterThan(
      0.1,
    )

    await say('Did you find the keys?')
    await sayAtOnceAs('Bob', 'No. I have looked everywhere.')
    const before = await conversation()
    expect(before[0]).toMatch(/^Ann \| Did you find the keys\? \| .+\d+%/)
    expect(before[1]).toMatch(/^Bob \| No\. I have looked everywhere\./)

    // The graph is drawn, and told in words and shares.
    await page.locator('.graph-canvas[data-drawn=true] canvas').first().waitFor()
    expect(await page.locator('.influences li').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d+%/)]),
    )
    expect(await page.locator('.timeline .column').count()).toBe(2)
    await button(/^Microphone/).click()
    await eventually(() => button(/^Microphone/).textContent()).toContain('muted')

    // Killed in the middle; what is said meanwhile is labelled afterwards.
    await serving.kill()
    await eventually(() => connection().textContent()).toMatch(/^reconnecting, next attempt in \d+ s$/)
    await page.getByRole('textbox', { name: 'What is said' }).fill('Then we wait.')
    await button('Say').click()
    await serving.start()
    await labelled().nth(2).waitFor()
    await eventually(() => connection().textContent()).toMatch(/^connected/)
    expect((await conversation()).slice(0, 2)).toEqual(before)

    // Live to offline and back, at any moment.
    await page.getByRole('radio', { name: 'Offline' }).check({ force: true })
    await eventually(() => page.locator('.mode-hint').textContent()).toContain('revise')
    await say('There they are!')
    await page.getByRole('radio', { name: 'Live' }).check({ force: true })
    await eventually(() => page.locator('.mode-hint').textContent()).toContain('final')

    const all = await conversation()
    expect(all).toHaveLength(4)
    await page.reload()
    await labelled().nth(3).waitFor()
    expect(await conversation()).toEqual(all)
    await button('Emograph: to the beginning').click()
    await button('Back to the conversation').click()
    await labelled().nth(3).waitFor()
    await say('Good.')
    await expectAccessible(page, 'a conversation')

    await button('Conversation ▾').click()
    await button('Delete everything …').click()
    await button('Delete everything').click()
    await page.getByRole('heading', { level: 1, name: /How a conversation/ }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: /How a conversation/ }).waitFor()
    expect(await labelled().count()).toBe(0)
  })

  test('a meeting: words taken back, switches in a hurry, a microphone that nobody needs any more', async () => {
    // Every device that the page was ever given.
    await page.addInitScript(() => {
      const tracks: MediaStreamTrack[] = []
      Object.assign(globalThis, { tracks })
      const { mediaDevices } = navigator
      const give = mediaDevices.getUserMedia.bind(mediaDevices)
      mediaDevices.getUserMedia = async (wanted) => {
        const stream = await give(wanted)
        tracks.push(...stream.getTracks())
        return stream
      }
    })
    await page.reload()
    const running = () =>
      page.evaluate(() => {
        const { tracks } = globalThis as unknown as { tracks: MediaStreamTrack[] }
        return tracks.filter(({ readyState }) => readyState === 'live').length
      })
    const words = page.getByRole('textbox', { name: 'What is said' })

    await button(/^Start a meeting/).dblclick()
    expect(await page.getByRole('dialog').count()).toBe(1)
    await page.keyboard.press('Escape')
    await startMeeting('Ann', 'Bob')
    await eventually(() => page.locator('.timeline .lane').count()).toBe(2)
    await words.pressSequentially('I never')
    await words.pressSequentially(' said ')
    await page.locator('.utterance[data-phase=speaking]').waitFor()
    await words.fill('')
    await eventually(() => page.locator('.utterance').count()).toBe(0)
    await say('Something else.')
    expect(await conversation()).toHaveLength(1)

    // Each click counts, however many come before the server has answered.
    await page.evaluate(() => {
      const writer = document.querySelector<HTMLButtonElement>('.writer')!
      writer.click()
      writer.click()
      for (const mode of ['offline', 'live'])
        document.querySelector<HTMLInputElement>(`input[name=mode][value=${mode}]`)!.click()
    })
    await say('Still live, still typed.')
    await eventually(() => page.locator('.mode-hint').textContent()).toContain('final')
    expect(await page.getByRole('radio', { name: 'Live' }).isChecked()).toBe(true)

    // A draft is of its conversation.
    await words.fill('A secret')
    await button('Emograph: to the beginning').click()
    await eventually(running).toBe(0)
    await startMeeting('Cleo')
    expect(await words.inputValue()).toBe('')
    expect(await page.locator('.influences li').count()).toBe(0)
    await eventually(running).toBe(2)
    await page.evaluate(async () => {
      const { credentials } = JSON.parse(sessionStorage.getItem('emograph.session')!)
      const headers = { authorization: `Bearer ${credentials.token}` }
      await fetch(`/v1/sessions/${credentials.id}`, { method: 'DELETE', headers })
    })
    await eventually(() => connection().textContent()).toContain('ended')
    await eventually(running).toBe(0)
  })

  test('a replay: every utterance labelled, gone through by keyboard, told as a table, exported', async () => {
    await expectAccessible(page, 'the beginning')
    await button(/^Replay a conversation/).click()
    const own = { name: 'mine.vtt', mimeType: 'text/vtt', buffer: Buffer.from('WEBVTT\n\n00:01 --> soon\nHello') }
    await page.getByLabel('A file of yours', { exact: true }).setInputFiles(own)
    await page.getByRole('checkbox', { name: /agrees/ }).check()
    await button('Replay').click()
    await eventually(() => page.getByRole('alert').textContent()).toMatch(/^EMO_FILE_FORMAT at mine\.vtt, line 3/)
    await page.getByRole('radio', { name: 'Moving house' }).check()
    await page.getByLabel('Speed').selectOption('no pause')
    await button('Replay').click()
    await button('Played').waitFor()
    await eventually(() => labelled().count()).toBe(39)
    // The button that the dialog was opened from is gone.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    expect(await page.locator('.timeline .column').count()).toBe(39)

    const columns = page.locator('.timeline .column')
    await columns.last().focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    expect(focused).toMatch(/^Mira, 0:12: \w+, \d+%$/)
    await eventually(() => page.locator('.graph-heading').textContent()).toContain('Mira, 0:12')
    expect(await page.locator('.utterance[data-selected] .words').textContent()).toContain('Leave the lamp')

    await page.getByText('As a table').click()
    await eventually(() => page.locator('.table-scroller tbody tr').count()).toBe(39)
    // What a later word has changed says what it was.
    await page.getByRole('radio', { name: 'Offline' }).check({ force: true })
    await page.locator('.former:not([hidden]) s').first().waitFor({ state: 'attached' })
    expect(await page.locator('.former:not([hidden])').first().textContent()).toMatch(/^revised, was \w+/)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expectAccessible(page, 'a conversation in the dark')

    // Left in the middle of things, and come back to: it stands at its end, and nobody is told of what was left.
    await page.reload()
    await button('Played').waitFor()
    expect(await page.locator('.notice').count()).toBe(0)

    await button('Conversation ▾').click()
    const download = page.waitForEvent('download')
    await button('CSV table').click()
    expect((await download).suggestedFilename()).toMatch(/\.csv$/)
  })

  test('one recording and one sentence by themselves, with the probability of every class', async () => {
    await button(/^Judge one file/).click()
    const file = page.getByLabel('A photo, a recording or a video')
    await page.getByRole('textbox', { name: 'What are the labels for?' }).fill('a test of the page')
    await page.getByRole('checkbox', { name: /agrees/ }).check()
    for (const [name, mimeType, content, said] of [
      ['cut.wav', 'audio/wav', '', /^cut\.wav is empty/],
      ['notes.txt', 'text/plain', 'no sound', /^Expected a photo.* got text\/plain: notes\.txt/],
    ] as const) {
      await file.setInputFiles({ name, mimeType, buffer: Buffer.from(content) })
      await button('Judge').click()
      await eventually(() => page.getByRole('alert').textContent()).toMatch(said)
    }
    const buffer = wav([sine(180, 1.5)], { encoding: 's16' }).subarray(0, -4_000)
    await file.setInputFiles({ name: 'cut-off.wav', mimeType: 'audio/wav', buffer })
    await page.getByRole('textbox', { name: 'Or a sentence' }).fill('We finally got the keys!')
    await button('Judge').click()
    await eventually(() => page.locator('.prediction').count()).toBe(2)
    expect(await page.locator('.prediction .hint').allTextContents()).toEqual([
      expect.stringMatching(/^Note: the file ends early/),
    ])
    for (const table of await page.locator('.prediction table').all()) {
      const shares = await table.locator('td.figure').allTextContents()
      expect(shares.length).toBeGreaterThan(3)
      const total = shares.reduce((sum, share) => sum + Number.parseInt(share, 10), 0)
      // Each is rounded by itself.
      expect(Math.abs(total - 100)).toBeLessThanOrEqual(shares.length / 2)
    }
    await expectAccessible(page, 'a prediction')
  })
})
