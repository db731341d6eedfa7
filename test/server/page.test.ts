import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { pageRouter } from '../../src/server/page.ts'

async function serve(dir: string): Promise<string> {
  const server = express().use(pageRouter(dir)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'emograph-page-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

test('the page is asked for anew, its hashed files are kept, nothing beside its folder is served', async () => {
  const outer = await folder()
  const dir = join(outer, 'web')
  await mkdir(join(dir, 'assets'), { recursive: true })
  await writeFile(join(dir, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(dir, 'assets', 'main-1a2b.js'), 'export {}')
  await writeFile(join(outer, 'secret.txt'), 'secret')
  const url = await serve(dir)

  const page = await fetch(url)
  expect(await page.text()).toContain('<title>page</title>')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const script = await fetch(`${url}/assets/main-1a2b.js`)
  expect(script.headers.get('cache-control')).toContain('immutable')
  expect(script.headers.get('content-type')).toContain('javascript')
  expect((await fetch(`${url}/..%2fsecret.txt`)).status).toBeGreaterThanOrEqual(400)
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
})

test('without a built page a browser is told so, and other addresses are left to others', async () => {
  const url = await serve(await folder())
  const answer = await fetch(url, { headers: { accept: 'text/html' } })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(await answer.text()).toContain('EMO_PAGE_MISSING')
  expect((await fetch(`${url}/v1/model`)).status).toBe(404)
})
