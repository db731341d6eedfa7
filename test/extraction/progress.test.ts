import { PassThrough } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { createExtractionProgress } from '../../src/extraction/progress.ts'

/** A stream that may be a terminal, and what was written to it. */
function output(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const chunks: string[] = []
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 120,
    cursorTo() {},
    moveCursor() {},
    clearLine() {},
  })
  stream.on('data', (chunk) => chunks.push(String(chunk)))
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') }
}

it.each([true, false])('tells the time left by what this run has done itself (terminal: %s)', (isTTY) => {
  vi.useFakeTimers()
  const { stream, text } = output(isTTY)
  const progress = createExtractionProgress(stream)
  progress.update({ utterances: 600, total: 1000, resumed: 600 })
  vi.advanceTimersByTime(100_000)
  progress.update({ utterances: 700, total: 1000, resumed: 600 }) // a second each, 300 left
  progress.stop()
  vi.useRealTimers()
  expect(text()).toContain('left 5 min 0 s')
  expect(text()).toContain(isTTY ? '700/1000' : '700 of 1000 utterances')
})
