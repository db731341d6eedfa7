import { expect, test } from 'vitest'
import { createFakeSpeechRecogniser } from '../../src/encoders/speech/fake-speech-recogniser.ts'
import { openSession } from './session-harness.ts'

test('without a speech recogniser a client that wants the server to cut utterances is told, and the session goes on', async () => {
  const session = openSession()
  expect(session.of('session.created')[0]?.model.speech_recogniser).toBeNull()
  session.configure()
  expect(session.codes()).toEqual([])
  session.configure({ segmentation: 'server', request_id: 's' })
  await session.settled()
  expect(session.of('error')).toMatchObject([{ code: 'EMO_SPEECH_UNAVAILABLE', fatal: false, request_id: 's' }])
  expect(session.of('session.updated').at(-1)?.segmentation).toBe('server')
  expect(session.of('session.closed')).toHaveLength(1)
})

test('with one it is told its name, and nothing else', async () => {
  const speech = createFakeSpeechRecogniser()
  const session = openSession({ context: { speech } })
  session.configure({ segmentation: 'server' })
  await session.settled()
  expect(session.of('session.created')[0]?.model.speech_recogniser).toBe(speech.name)
  expect(session.codes()).toEqual([])
})
