import { Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLog } from '../../src/server/log.ts'

/** The one line that a call writes. */
function lineOf(write: (log: ReturnType<typeof createLog>) => void): string {
  let line = ''
  const destination = new Writable({
    write(chunk, _encoding, done) {
      line += String(chunk)
      done()
    },
  })
  write(createLog('debug', destination))
  return line
}

const SECRET = 'unrepeatable'

test('whole messages, requests and settings leave no words, names or tokens in a line', () => {
  const field = fc.constantFrom(
    'text',
    'name',
    'purpose',
    'token',
    'features',
    'authorization',
    'url',
    'payload',
    'body',
  )
  const value = fc.constantFrom<unknown>(SECRET, [SECRET], { any: SECRET }, [{ id: SECRET }])
  const deep = fc.constantFrom(
    (inner: object) => inner,
    (inner: object) => ({ message: inner }),
    (inner: object) => ({ session: { settings: inner } }),
  )
  fc.assert(
    fc.property(field, value, deep, (name, secret, wrap) => {
      const line = lineOf((log) => log.info({ ...wrap({ [name]: secret }), session: 's1' }, 'said'))
      const nested = lineOf((log) => log.info(wrap({ [name]: secret }), 'said'))
      expect(line + nested).not.toContain(SECRET)
      expect(line).toContain('s1')
    }),
  )
  const request = { method: 'GET', url: `/?${SECRET}`, headers: { authorization: SECRET, cookie: SECRET } }
  expect(lineOf((log) => log.warn({ request }, 'refused'))).not.toContain(SECRET)
})

test('of an error its kind, its code and its places are kept, never its message', () => {
  const cause = Object.assign(new TypeError(`could not read "${SECRET}"`), { code: 'ERR_X', input: SECRET })
  const line = lineOf((log) => log.error({ err: new Error(SECRET, { cause }) }, 'fault'))
  expect(line).not.toContain(SECRET)
  expect(lineOf((log) => log.error({ err: cause }, 'fault'))).toMatch(/"type":"TypeError","code":"ERR_X","at":\["at /)
  expect(lineOf((log) => log.error({ err: SECRET }, 'fault'))).not.toContain(SECRET)
})
