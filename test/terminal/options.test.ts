import { expect, test } from 'vitest'
import { parsePort } from '../../src/terminal/options.ts'

test('a port is a whole number from 0 to 65535; nothing at all is none', () => {
  expect([parsePort('0'), parsePort('8765'), parsePort('65535')]).toEqual([0, 8765, 65_535])
  for (const wrong of ['', ' ', '-1', '65536', '80.5', 'http']) expect(() => parsePort(wrong)).toThrow('0 to 65535')
})
