import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFakeSpeechRecogniser } from '../../../src/encoders/speech/fake-speech-recogniser.ts'
import type { SpeechRecogniser } from '../../../src/encoders/speech/speech-recogniser.ts'
import { createFakeVisualEncoder } from '../../../src/encoders/visual/fake-visual-encoder.ts'
import type { DropReport } from '../../../src/server/media/drop-report.ts'
import { mediaLimitsSchema } from '../../../src/server/media/limits.ts'
import { createMediaEncoders, type EncodedModel } from '../../../src/server/media/media-encoders.ts'
import { createMediaIntake } from '../../../src/server/media/media-intake.ts'
import type { SegmentedUtterance } from '../../../src/server/media/media-types.ts'
import { encodeMediaFrame, encodeSamples } from '../../../src/server/protocol/media-frame.ts'
import type { MediaChunk } from '../../../src/server/store/media-rows.ts'
import { expectError } from '../../support/errors.ts'
import { asFloats, createLoudnessDetector, createSampleEncoder, greyJpeg, jitter, placed, sameBytes } from './frames.ts'

const MODEL: EncodedModel = {
  modalities: ['text', 'audio', 'visual'],
  featureSizes: { text: 8, audio: 0, visual: 4 },
  featureColumns: {},
  featureEncoders: {},
}

const greys: Uint8Array[] = []
beforeAll(async () => {
  for (let k = 0; k < 8; k += 1) greys.push(await greyJpeg(20 + 25 * k))
})

function open(
  options: {
    limits?: object
    speech?: boolean | SpeechRecogniser
    model?: Partial<EncodedModel>
    segmentation?: 'server'
  } = {},
) {
  const dropped: DropReport[] = []
  const faults: unknown[] = []
  const events: SegmentedUtterance[] = []
  const accepted: MediaChunk[] = []
  let clock = 0
  const encoders = createMediaEncoders(
    { ...MODEL, ...options.model },
    {
      audio: createSampleEncoder(),
      visual: createFakeVisualEncoder(),
      voiceActivity: createLoudnessDetector(),
      speech: options.speech === true ? createFakeSpeechRecogniser() : options.speech || undefined,
    },
  )
  const limits = mediaLimitsSchema.parse({ graceMs: 30, ...options.limits })
  const intake = createMediaIntake(
    { encoders, limits, now: () => clock },
    {
      onDropped: (report) => dropped.push(report),
      onUtterance: (event) => events.push(event),
      onFault: (cause) => faults.push(cause),
      onAccepted: (media) => accepted.push(media),
    },
  )
  intake.configure([{ id: 'ann' }, { id: 'bob', media_offset_ms: 1_000 }], {
    segmentation: options.segmentation ?? 'client',
  })
  const audio = (participant: number, startMs: number, samples: Int16Array): void => {
    const payload = encodeSamples(samples)
    intake.push(encodeMediaFrame({ kind: 'audio', participant, startMs, payload }), clock)
  }
  const image = (participant: number, startMs: number, payload: Uint8Array): void =>
    intake.push(encodeMediaFrame({ kind: 'image', participant, startMs, payload }), clock)
  const pass = (ms: number): void => {
    clock += ms
  }
  return { intake, dropped, faults, events, accepted, audio, image, pass }
}

const utterance = (participant: string, startMs: number, endMs: number) => ({
  utteranceId: `${participant} ${startMs}`,
  participant,
  startMs,
  endMs,
})

describe('createMediaIntake', () => {
  test('two participants, shuffled: each utterance is made of its own participant’s time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.nat(200)),
        fc.array(fc.tuple(fc.nat(2_500), fc.integer({ min: 1, max: 1_500 })), { maxLength: 5 }),
        async (delays, spans) => {
          const { intake, audio, dropped, faults } = open()
          const frames = [0, 1].flatMap((participant) =>
            Array.from({ length: 50 }, (_, k) => {
              // Bob's clock is a second behind; his samples are Ann's negated.
              const samples = placed(k * 1_280, (k + 1) * 1_280).map((value) => (participant === 0 ? value : -value))
              return { participant, startMs: k * 80, samples }
            }),
          )
          for (const { participant, startMs, samples } of jitter(frames, delays)) audio(participant, startMs, samples)
          for (const [startMs, length] of spans) {
            const endMs = startMs + length
            const ann = await intake.finish(utterance('ann', startMs, endMs))
            const bob = await intake.finish(utterance('bob', startMs + 1_000, endMs + 1_000))
            const own = placed(startMs * 16, endMs * 16)
            expect(sameBytes(ann.features.audio!, asFloats(own))).toBe(true)
            expect(sameBytes(bob.features.audio!, asFloats(own.map((value) => -value)))).toBe(true)
            expect(ann.missing).toEqual({})
          }
          expect([dropped, faults]).toEqual([[], []])
        },
      ),
      { numRuns: 12 },
    )
  })

  test('sound and pictures of one utterance meet, and a snapshot before changes nothing', async () => {
    const { intake, audio, image } = open()
    intake.begin(utterance('ann', 200, 0))
    for (let k = 0; k < 20; k += 1) {
      audio(0, k * 100, placed(k * 1_600, (k + 1) * 1_600))
      if (k % 2 === 0) image(0, k * 100, greys[(k / 2) % 8]!)
      if (k === 9) {
        await expect.poll(async () => (await intake.snapshot('ann 200')).features.visual?.length).toBe(4)
        expect((await intake.snapshot('ann 200')).features.audio).toHaveLength(12_800)
      }
    }
    const { features, missing } = await intake.finish(utterance('ann', 200, 1_500))
    expect(sameBytes(features.audio!, asFloats(placed(3_200, 24_000)))).toBe(true)
    const other = open()
    for (let k = 0; k < 20; k += 2) other.image(0, k * 100, greys[(k / 2) % 8]!)
    expect((await other.intake.finish(utterance('ann', 200, 1_500))).features.visual).toEqual(features.visual)
    expect(missing).toEqual({})
    expect((await intake.snapshot('ann 200')).features).toEqual({})
  })

  test('waits a moment for media that is due, not for what will not come', async () => {
    const { intake, audio, pass } = open({ limits: { graceMs: 10_000 } })
    audio(0, 0, placed(0, 1_600))
    const waiting = intake.finish(utterance('ann', 0, 200))
    setTimeout(() => audio(0, 100, placed(1_600, 3_200)), 20)
    expect((await waiting).features.audio).toHaveLength(3_200)
    // Nothing came for a second: the microphone is off.
    pass(1_500)
    expect((await intake.finish(utterance('ann', 100, 1_400))).features.audio).toHaveLength(1_600)
    // Bob has sent nothing at all.
    expect(await intake.finish(utterance('bob', 0, 1_400))).toEqual({ features: {}, missing: { audio: 'no-audio' } })
  })

  test('the grace is bounded, and a hole in the sound is silence then', async () => {
    const { intake, audio, dropped } = open({ limits: { graceMs: 20 } })
    audio(0, 0, placed(0, 1_600))
    audio(0, 200, placed(3_200, 4_800))
    const { features } = await intake.finish(utterance('ann', 0, 300))
    expect(features.audio).toHaveLength(4_800)
    expect(features.audio!.slice(1_600, 3_200).every((sample) => sample === 0)).toBe(true)
    audio(0, 100, placed(1_600, 3_200))
    await intake.dispose()
    expect(dropped).toMatchObject([{ participant: 'ann', kind: 'audio', reason: 'late', frames: 1, start_ms: 100 }])
  })

  test('drops add up: late, twice, too far ahead, before the conversation, damaged', async () => {
    const { intake, audio, image, dropped, accepted } = open({ limits: { aheadMs: 5_000 } })
    for (let k = 0; k < 10; k += 1) audio(0, k * 100, placed(k * 1_600, (k + 1) * 1_600))
    audio(0, 300, placed(4_800, 6_400))
    audio(0, 350, placed(4_800, 4_900))
    audio(0, 9_000, placed(0, 1_600))
    audio(0, 4_000_000_000, placed(0, 1_600))
    intake.configure([{ id: 'ann' }, { id: 'bob', media_offset_ms: -500 }], { segmentation: 'client' })
    audio(1, 100, placed(0, 1_600))
    image(0, 500, greys[0]!.slice(0, 60))
    image(0, 500, greys[0]!)
    await intake.finish(utterance('ann', 0, 1_000))
    await intake.dispose()
    const sums = Object.fromEntries(
      dropped.map((each) => [`${each.participant} ${each.kind} ${each.reason}`, each.frames]),
    )
    expect(sums).toEqual({
      'ann audio duplicate': 1,
      'ann audio late': 1,
      'ann audio ahead': 2,
      'bob audio late': 1,
      'ann image invalid': 1,
      'ann image duplicate': 1,
    })
    expect(accepted.filter(({ kind }) => kind === 'audio')).toHaveLength(10)
  })

  test('what is no frame, or of nobody, is a coded error', async () => {
    const { intake, audio } = open()
    await expectError(() => intake.push(new Uint8Array(3), 0), 'EMO_MEDIA_INVALID')
    await expectError(() => audio(7, 0, placed(0, 1_600)), 'EMO_PARTICIPANT_UNKNOWN', 'below 2')
  })

  test('the quality controller takes pictures away, then sound; each says so', async () => {
    const { intake, audio, image, dropped } = open()
    const stream = (from: number): void => {
      for (let k = 0; k < 10; k += 1) {
        audio(0, from + k * 100, placed((from + k * 100) * 16, (from + k * 100 + 100) * 16))
        if (k % 2 === 0) image(0, from + k * 100, greys[1]!)
      }
    }
    stream(0)
    intake.setQuality('no_video')
    stream(1_000)
    const deaf = await intake.finish(utterance('ann', 1_000, 2_000))
    expect([deaf.features.audio?.length, deaf.missing]).toEqual([16_000, { visual: 'overload' }])
    intake.setQuality('text_only')
    stream(2_000)
    expect(await intake.finish(utterance('ann', 2_000, 3_000))).toEqual({
      features: {},
      missing: { audio: 'overload', visual: 'overload' },
    })
    // Without words its sound is all that there is to label.
    const wordless = await intake.finish(utterance('ann', 2_000, 3_000), true)
    expect([wordless.features.audio?.length, wordless.missing]).toEqual([16_000, { visual: 'overload' }])
    intake.setQuality('full')
    stream(3_000)
    const whole = await intake.finish(utterance('ann', 2_500, 4_000))
    expect([whole.features.audio?.length, whole.features.visual?.length]).toEqual([24_000, 4])
    await intake.dispose()
    expect(dropped).toMatchObject([{ kind: 'image', reason: 'overload', frames: 10 }])
  })

  test('what the controller has taken away is not waited for', async () => {
    const { intake, audio, image } = open({ limits: { graceMs: 60_000 } })
    for (const ms of [0, 200, 400]) image(0, ms, greys[1]!)
    audio(0, 0, placed(0, 16_000))
    intake.setQuality('no_video')
    image(0, 800, greys[1]!)
    const { features, missing } = await intake.finish(utterance('ann', 0, 1_000))
    expect([features.audio?.length, features.visual?.length, missing]).toEqual([16_000, 4, {}])
  })

  test('features in the columns of the model; a modality that it does not know is neither there nor missing', async () => {
    const model = { featureColumns: { visual: ['fake_2', 'other', 'fake_0'] }, featureSizes: { visual: 3 } }
    const { intake, image } = open({ model: { ...model, modalities: ['text', 'visual'] } })
    image(0, 0, await greyJpeg(255))
    const { features, missing } = await intake.finish(utterance('ann', 0, 100))
    expect(Array.from(features.visual!)).toEqual([3, Number.NaN, 1])
    expect([features.audio, missing]).toEqual([undefined, {}])
  })

  test('after a restart utterances wait for what is sent again', async () => {
    const { intake, audio } = open({ limits: { graceMs: 0, resendMs: 5_000 } })
    intake.restore([{ participant: 'ann', kinds: ['audio'], toldUntilMs: 500 }])
    const waiting = intake.finish(utterance('ann', 600, 1_000))
    await new Promise((resolve) => setTimeout(resolve, 30))
    for (let k = 4; k < 10; k += 1) audio(0, k * 100, placed(k * 1_600, (k + 1) * 1_600))
    expect(sameBytes((await waiting).features.audio!, asFloats(placed(9_600, 16_000)))).toBe(true)
    expect(intake.heldUntil()).toContainEqual({ participant: 'ann', audioMs: 1_000, videoMs: 0 })
  })

  test('server segmentation: begins and ends with words, in order, for each participant', async () => {
    const { intake, audio, events, faults } = open({ speech: true, segmentation: 'server' })
    const talk = new Int16Array(4_000 * 16)
    talk.fill(9_000, 500 * 16, 1_500 * 16)
    talk.fill(9_000, 2_200 * 16, 3_000 * 16)
    for (let k = 0; k < 40; k += 1) audio(0, k * 100, talk.subarray(k * 1_600, (k + 1) * 1_600))
    for (let k = 0; k < 40; k += 1) audio(1, k * 100, new Int16Array(1_600))
    await intake.end()
    expect(faults).toEqual([])
    const spans = events.filter(({ type }) => type !== 'progress')
    expect(spans.map(({ type, participant }) => `${participant} ${type}`)).toEqual([
      'ann start',
      'ann end',
      'ann start',
      'ann end',
    ])
    const first = events.find(({ type }) => type === 'end')
    if (first?.type !== 'end') throw new Error('no end')
    expect(first.text).toMatch(/^I spoke for \d+ milliseconds\.$/)
    const { features } = await intake.finish({ ...utterance('ann', first.startMs, first.endMs) })
    expect(features.audio).toHaveLength((first.endMs - first.startMs) * 16)
  })

  test('segmentation without a recogniser gives utterances without words', async () => {
    const { intake, audio, events } = open({ segmentation: 'server' })
    audio(0, 0, new Int16Array(16_000).fill(5_000))
    await intake.end()
    expect(events).toMatchObject([{ type: 'start' }, { type: 'end', text: '' }])
    expect(events[1]).not.toHaveProperty('textMissing')
  })

  test.each([
    ['late', () => new Promise<string>(() => {})],
    ['unavailable', () => Promise.reject(new Error('a recogniser that has failed'))],
  ])('words that could not be written are missing: %s', async (textMissing, transcribe) => {
    const speech = { ...createFakeSpeechRecogniser(), transcribe }
    const { intake, audio, events } = open({ segmentation: 'server', speech, limits: { speechMs: 20 } })
    audio(0, 0, new Int16Array(16_000).fill(5_000))
    await intake.end()
    expect(events).toMatchObject([{ type: 'start' }, { type: 'end', text: '', textMissing }])
  })
})
