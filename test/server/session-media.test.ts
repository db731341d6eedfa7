import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AudioEncoder, AudioUtterance } from '../../src/encoders/audio/audio-encoder.ts'
import { createFakeSpeechRecogniser } from '../../src/encoders/speech/fake-speech-recogniser.ts'
import type { SpeechRecogniser } from '../../src/encoders/speech/speech-recogniser.ts'
import { createFakeVisualEncoder } from '../../src/encoders/visual/fake-visual-encoder.ts'
import { mediaLimitsSchema } from '../../src/server/media/limits.ts'
import { createMediaEncoders } from '../../src/server/media/media-encoders.ts'
import { createMediaIntake } from '../../src/server/media/media-intake.ts'
import { encodeMediaFrame, encodeSamples } from '../../src/server/protocol/media-frame.ts'
import type { SessionContext } from '../../src/server/session-context.ts'
import { createLoudnessDetector, greyJpeg } from './media/frames.ts'
import { CONFIGURE, openBench, openSession, transcript } from './session-harness.ts'
import { storePaths } from './store-paths.ts'

const newPath = storePaths()
const greys = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((k) => greyJpeg(25 * k)))

/** Three numbers that say which samples came, in any pieces. */
function createSumEncoder(): AudioEncoder {
  const columns = ['pitch', 'energy', 'rate']
  const utteranceOf = ([sum, energy, count]: readonly [number, number, number]): AudioUtterance => {
    let state: readonly [number, number, number] = [sum, energy, count]
    const result = () => ({ features: Float32Array.from(state), durationMs: state[2] / 16 })
    return {
      push(samples) {
        let [a, b, n] = state
        for (const sample of samples) {
          n += 1
          a += sample * (n % 97)
          b += Math.abs(sample)
        }
        state = [a, b, n]
      },
      end: result,

      copy: () => utteranceOf(state),
    }
  }
  const start = () => utteranceOf([0, 0, 0])
  const encode = () => {
    throw new Error('not asked for')
  }
  return { name: 'sum', size: 3, columns, start, encode }
}

/** What the fake labeller is told of the features. */
const MODEL = { modalities: ['text', 'audio', 'visual'], featureSizes: { text: 8, audio: 3, visual: 4 } } as const

function mediaContext(
  speech: SpeechRecogniser = createFakeSpeechRecogniser(),
): Pick<SessionContext, 'createMedia' | 'speech'> {
  const encoders = createMediaEncoders(
    { ...MODEL, featureColumns: {}, featureEncoders: {} },
    { audio: createSumEncoder(), visual: createFakeVisualEncoder(), voiceActivity: createLoudnessDetector(), speech },
  )
  const limits = mediaLimitsSchema.parse({})
  return {
    createMedia: (hooks) => createMediaIntake({ encoders, limits, now: () => performance.now() }, hooks),
    speech,
  }
}

/** 100 ms of a participant's sound; loud or silent, never the same twice. */
function frame(participant: number, startMs: number, loud = true): Uint8Array {
  const samples = Int16Array.from({ length: 1_600 }, (_, k) =>
    loud ? ((startMs * 31 + k * 7 + participant * 1_009) % 20_011) - 9_000 : 0,
  )
  return encodeMediaFrame({ kind: 'audio', participant, startMs, payload: encodeSamples(samples) })
}

/** What a client sends, in order. */
type Sent =
  | {
      readonly kind: 'audio' | 'image'
      readonly participant: number
      readonly startMs: number
      readonly data: Uint8Array
    }
  | { readonly kind: 'message'; readonly message: object }

type Line = ReturnType<ReturnType<typeof openBench>['open']>

const send = (line: Line, sent: Sent): void =>
  sent.kind === 'message' ? line.say(sent.message) : line.connection.receiveFrame(sent.data)

const told = (line: Line) =>
  line
    .of('utterance.label')
    .filter(({ interim }) => !interim)
    .map(({ participant, text, start_ms, end_ms, label, probabilities, modalities, missing }) => ({
      ...{ participant, text, start_ms, end_ms, label, probabilities, modalities, missing },
    }))

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

/** Sends all of it; the server is killed before each of these and its client resumes. The labels, in the end. */
async function play(script: readonly Sent[], kills: readonly number[], labels: number) {
  const path = newPath()
  let bench = openBench({ path, model: MODEL, context: mediaContext() })
  let line = bench.open()
  const [created] = line.of('session.created')
  const credentials = { session_id: created!.session_id, token: created!.token }
  const kept = new Map<number, Line['sent'][number]>()
  const remember = (): void => {
    for (const message of line.sent) if (!NOT_KEPT.has(message.type)) kept.set(message.seq, message)
  }
  for (const [k, sent] of script.entries()) {
    remember()
    if (kills.includes(k) && [...kept.values()].some(({ type }) => type === 'session.updated')) {
      bench.kill()
      bench = openBench({ path, model: MODEL, context: mediaContext() })
      line = bench.open()
      line.sent.length = 0
      line.say({ type: 'session.resume', ...credentials, last_seq: Math.max(...kept.keys()) })
      await expect.poll(() => line.of('session.resumed').length).toBe(1)
      const [{ media }] = line.of('session.resumed') as [ReturnType<typeof line.of<'session.resumed'>>[number]]
      // As a client does: what was not answered, and media from where the server says, in the old order.
      for (const old of script.slice(0, k)) {
        if (old.kind === 'message') send(line, old)
        else if (old.kind === 'audio' && old.startMs >= media[old.participant]!.audio_ms) send(line, old)
        else if (old.kind === 'image' && old.startMs > media[old.participant]!.video_ms) send(line, old)
      }
    }
    send(line, sent)
    if (k % 5 === 0) await pause()
  }
  const all = (): ReturnType<typeof told> => {
    remember()
    const messages = [...kept.entries()].sort(([a], [b]) => a - b).map(([, message]) => message)
    return told({ ...line, of: (type) => messages.filter((each) => each.type === type) as never })
  }
  await expect.poll(() => all().length, { timeout: 10_000 }).toBe(labels)
  expect(bench.faults).toEqual([])
  bench.kill()
  return all()
}

const SOON = { timeout: 10_000 }
const NOT_KEPT = new Set(['pong', 'quality', 'rate_limited', 'media.dropped', 'session.resumed'])

describe('audio in a session', () => {
  /** Two participants who speak; transcripts come as they speak, the final one half a second after the end. */
  const script: Sent[] = [{ kind: 'message', message: { ...CONFIGURE, request_id: 'configure' } }]
  for (let ms = 0; ms < 6_000; ms += 100) {
    for (const participant of [0, 1])
      script.push({ kind: 'audio', participant, startMs: ms, data: frame(participant, ms) })
    const payload = greys[(ms / 200) % 8]
    const data = payload && encodeMediaFrame({ kind: 'image', participant: 0, startMs: ms + 30, payload })
    if (data !== undefined) script.push({ kind: 'image', participant: 0, startMs: ms + 30, data })
    const turn = Math.floor(ms / 2_000)
    const say = (more: object): void => {
      const request_id = `${ms}`
      const participant = turn < 2 ? 'ann' : 'bob'
      // The second overlaps with the first, as recognisers pad what they hear.
      const start_ms = turn === 1 ? 1_350 : turn * 2_000 + 150
      const message = transcript(`turn ${turn}`, { participant, start_ms, request_id, ...more })
      script.push({ kind: 'message', message })
    }
    if (ms % 2_000 === 500 || ms % 2_000 === 1_000) say({ end_ms: ms, final: false })
    if (ms % 2_000 === 1_900) say({ end_ms: turn * 2_000 + 1_377 })
  }

  test('labels are what they would have been, wherever the server is killed', async () => {
    const undisturbed = await play(script, [], 3)
    const all = ['text', 'audio', 'visual']
    expect(undisturbed.map(({ modalities }) => modalities)).toEqual([all, all, ['text', 'audio']])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(script.length - 1), { minLength: 1, maxLength: 3 }), async (kills) => {
        expect(await play(script, kills, 3)).toEqual(undisturbed)
      }),
      { numRuns: 8 },
    )
  })

  test('with voice activity that cuts the utterances as well', async () => {
    const cut: Sent[] = [
      { kind: 'message', message: { ...CONFIGURE, segmentation: 'server', request_id: 'configure' } },
    ]
    for (let ms = 0; ms < 7_000; ms += 100) {
      const loud = (ms >= 300 && ms < 1_500) || (ms >= 2_600 && ms < 3_700) || (ms >= 4_700 && ms < 5_900)
      cut.push({ kind: 'audio', participant: 0, startMs: ms, data: frame(0, ms, loud) })
    }
    const undisturbed = await play(cut, [], 3)
    expect(undisturbed.map(({ text }) => text.startsWith('I spoke for'))).toEqual([true, true, true])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(cut.length - 1), { minLength: 1, maxLength: 3 }), async (kills) => {
        expect(await play(cut, kills, 3)).toEqual(undisturbed)
      }),
      { numRuns: 8 },
    )
  })

  test('without settings, without consent, of nobody: refused, and the session lives', () => {
    const session = openSession({ context: mediaContext() })
    session.connection.receiveFrame(frame(0, 0))
    session.configure({ consent: undefined, purpose: undefined })
    session.connection.receiveFrame(frame(0, 0))
    session.configure()
    session.connection.receiveFrame(frame(9, 0))
    session.connection.receiveFrame(new Uint8Array(4))
    session.connection.receiveFrame(frame(0, 0))
    expect(session.codes()).toEqual([
      'EMO_SESSION_NOT_CONFIGURED',
      'EMO_CONSENT_REQUIRED',
      'EMO_PARTICIPANT_UNKNOWN',
      'EMO_MEDIA_INVALID',
    ])
    expect(session.ends).toEqual([])
    session.session.abandon()
  })

  test('when consent is taken back, what was heard is forgotten', async () => {
    const session = openSession({ context: mediaContext() })
    session.configure()
    session.connection.receiveFrame(frame(0, 0))
    session.configure({ consent: false })
    session.connection.receiveFrame(frame(0, 100))
    expect(session.codes()).toEqual(['EMO_CONSENT_REQUIRED'])
    session.configure()
    session.connection.receiveFrame(frame(0, 200))
    session.say(transcript('before and after', { end_ms: 150 }))
    session.say(transcript('after', { start_ms: 200, end_ms: 300 }))
    await session.settled()
    expect(session.of('utterance.label').map(({ modalities }) => modalities)).toEqual([['text'], ['text', 'audio']])
  })

  test('what is being said at the end of the session is labelled', async () => {
    const session = openSession({ context: mediaContext() })
    session.configure({ segmentation: 'server' })
    for (let ms = 0; ms < 1_500; ms += 100) session.connection.receiveFrame(frame(0, ms, ms >= 300))
    await session.settled()
    expect(session.of('utterance.label')).toMatchObject([{ participant: 'ann', modalities: ['text', 'audio'] }])
    expect(session.of('session.closed')).toMatchObject([{ utterances: 1 }])
  })

  test('media is written down when the session asks for it, and not otherwise', async () => {
    for (const store_media of [false, true]) {
      const session = openSession({ context: mediaContext() })
      session.configure({ store_media })
      for (let ms = 0; ms < 500; ms += 100) session.connection.receiveFrame(frame(1, ms))
      const kept = [...session.store.media.of(session.session.id, { participant: 'bob', kind: 'audio' })]
      expect(kept.map(({ participant, kind, startMs }) => `${participant} ${kind} ${startMs}`)).toEqual(
        store_media ? ['bob audio 0', 'bob audio 100', 'bob audio 200', 'bob audio 300', 'bob audio 400'] : [],
      )
      session.session.abandon()
    }
  })

  test('why a modality was not used is told', async () => {
    const session = openSession({ context: mediaContext() })
    session.configure()
    session.connection.receiveFrame(frame(0, 0))
    session.say(transcript('heard', { end_ms: 90 }))
    session.say(transcript('not heard', { participant: 'bob', end_ms: 90 }))
    await session.settled()
    expect(session.of('utterance.label').map(({ modalities, missing }) => [modalities, missing])).toEqual([
      [['text', 'audio'], undefined],
      [['text'], { audio: 'no-audio' }],
    ])
  })

  test('a microphone that is switched off ends what was being said', async () => {
    const session = openSession({ context: mediaContext() })
    session.configure({ segmentation: 'server' })
    for (let ms = 0; ms < 1_500; ms += 100) session.connection.receiveFrame(frame(0, ms))
    await expect.poll(() => session.of('utterance.label').filter(({ interim }) => !interim).length, SOON).toBe(1)
    await session.settled()
    expect(session.of('session.closed')).toMatchObject([{ utterances: 1 }])
  })

  test('words that were not written in time are told to be missing', async () => {
    const speech = { ...createFakeSpeechRecogniser(), transcribe: () => new Promise<string>(() => {}) }
    const session = openSession({ context: mediaContext(speech) })
    session.configure({ segmentation: 'server' })
    for (let ms = 0; ms < 1_500; ms += 100) session.connection.receiveFrame(frame(0, ms))
    await session.settled()
    expect(session.of('utterance.label')).toMatchObject([
      { text: '', modalities: ['audio'], missing: { text: 'late' }, interim: false },
    ])
  })
})
