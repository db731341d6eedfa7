import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { askThread, failureOf, nextMessage } from '../src/worker-thread.ts'

const thread = (code: string) => new Worker(code, { eval: true })

test('gives messages one after the other, and leaves no listener behind', async () => {
  const worker = thread(
    'const { parentPort } = require("worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m + 1))',
  )
  for (const value of [1, 5]) {
    const answer = nextMessage<number>(worker, 'test')
    worker.postMessage(value)
    expect(await answer).toBe(value + 1)
  }
  for (const event of ['message', 'error', 'exit']) expect(worker.listenerCount(event)).toBe(0)
  await worker.terminate()
})

test('gives answers, or says what the thread says of its failure', async () => {
  const worker = thread(
    'const { parentPort } = require("worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m))',
  )
  const ask = (message: object) => askThread<{ n: number }>(worker, message, 'test')
  expect(await ask({ n: 1 })).toEqual({ n: 1 })
  await expect(ask(failureOf(new Error('broken')))).rejects.toThrow(/the test thread failed: Error: broken/)
  await expect(ask(failureOf('a word'))).rejects.toThrow('the test thread failed: a word')
  expect(await ask({ n: 2 })).toEqual({ n: 2 })
  await worker.terminate()
})

test('says that a thread ended, and gives on what it threw', async () => {
  await expect(nextMessage(thread('process.exit(3)'), 'test')).rejects.toThrow('the test thread ended with code 3')
  await expect(nextMessage(thread('throw new Error("broken")'), 'test')).rejects.toThrow('broken')
})
