import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { fitNormalisation } from '../../src/model/normalisation.ts'
import { type PreparedConversation, prepareConversation } from '../../src/model/prepare.ts'
import type { FacePool } from '../../src/training/face-pool.ts'
import { createRng } from '../../src/training/rng.ts'
import { drawFaces, pairedStatistics, pairFaces } from '../../src/training/visual-pairing.ts'
import { type VisualPairing, visualPairingSchema } from '../../src/training/visual-pairing-config.ts'
import { randomConversation } from './random-conversation.ts'

/** Picture j of emotion e is [e, j]: what was drawn can be read off. */
const pictures = LABEL_SETS.meld7.map((emotion, e) => [emotion, [0, 1, 2].map((j) => Float32Array.of(e, j))] as const)
const faces: FacePool = { encoder: 'v', all: pictures.flatMap(([, some]) => some), byEmotion: new Map(pictures) }
const [JOY, ANGER] = [LABEL_SETS.meld7.indexOf('joy'), LABEL_SETS.meld7.indexOf('anger')]

const pairing = (given: Partial<VisualPairing> = {}): VisualPairing =>
  visualPairingSchema.parse({
    ...{ faces: 'f.jsonl', columns: ['emotion', 'number'], emotions: { hap: { joy: 1 }, ang: { anger: 1 } } },
    ...{ conversation: 1, utterance: 1, alone: 0, noise: 0, pictures: 1, resting: 0 },
    ...given,
  })

const sizes = { text: 3, audio: 2, visual: 4 }
/** As a data set without pictures is prepared for a model that takes them, with a speaker view. */
const blind = (length: number, seed: number): PreparedConversation => {
  const { features, present, ...rest } = randomConversation(sizes, length, seed)
  return {
    ...rest,
    features: { ...features, visual: new Float32Array(length * sizes.visual) },
    present: { ...present, visual: new Uint8Array(length) },
  }
}
const conversations = [blind(7, 1), blind(40, 2), blind(1, 3)]
const statistics = { mean: [2, 1], std: [1, 2], utterances: 1, imputed: [0, 0] }
const target = { labelSet: 'iemocap6' as const, speakerViews: ['visual' as const], statistics }
const labelOf = (index: number): string => LABEL_SETS.iemocap6[index]!

describe('drawFaces', () => {
  it('gives pictures of the emotion of the label, or any where the label has none', () => {
    const { labels, speakers } = conversations[1]!
    const drawn = drawFaces({ labels, speakers }, faces, pairing(), 'iemocap6', createRng(1))
    const known = { hap: JOY, ang: ANGER } as Record<string, number>
    drawn.forEach((vector, i) => {
      const emotion = known[labelOf(labels[i]!)]
      if (emotion !== undefined) expect(vector![0]).toBe(emotion)
    })
    const free = drawn.flatMap((vector, i) => (known[labelOf(labels[i]!)] === undefined ? [vector![0]] : []))
    expect(new Set(free).size).toBeGreaterThan(3)
  })

  it('gives any picture at all where all is noise, and none where nobody is seen', () => {
    const all = { labels: new Int32Array(300), speakers: new Int32Array(300) } // all happy
    const draw = (given: Partial<VisualPairing>) => drawFaces(all, faces, pairing(given), 'iemocap6', createRng(2))
    expect(new Set(draw({ noise: 1 }).map((vector) => vector!.join())).size).toBe(faces.all.length)
    expect(draw({ utterance: 0 })).toEqual(Array(300).fill(undefined))
    const seen = draw({ utterance: 0.5 }).filter((vector) => vector !== undefined).length
    expect(seen).toBeGreaterThan(110)
    expect(seen).toBeLessThan(190)
  })

  it('mixes the picture of the speaker into all that the speaker shows', () => {
    const all = { labels: new Int32Array(50), speakers: Int32Array.from({ length: 50 }, (_, i) => i % 2) }
    const drawn = drawFaces(all, faces, pairing({ resting: 0.5 }), 'iemocap6', createRng(3))
    for (const speaker of [0, 1]) {
      // Half of the first number is joy's, so that the rest is the emotion of the speaker's own picture.
      const own = drawn.flatMap((vector, i) => (i % 2 === speaker ? [2 * vector![0]! - JOY] : []))
      expect(new Set(own).size).toBe(1)
    }
  })
})

describe('pairFaces', () => {
  it('prepares what it draws as the utterances of a conversation with pictures are prepared', () => {
    const options = { modalities: ['visual' as const], featureSizes: { visual: 2 }, ...target }
    conversations.forEach((given, index) => {
      const rng = createRng(9, index)
      rng.uniform() // whether there is a camera
      const drawn = drawFaces(given, faces, pairing(), 'iemocap6', rng)
      const raw: Conversation = {
        id: given.id,
        utterances: drawn.map((visual, i) => ({
          ...{ id: String(i), speaker: `s${given.speakers[i]}`, startMs: 0, endMs: 0, label: null },
          features: { visual: visual! },
        })),
      }
      const expected = prepareConversation(raw, { ...options, normalisation: { visual: statistics } })
      const paired = pairFaces(conversations, faces, pairing(), target, 9)[index]!
      expect(paired.features.visual).toEqual(expected.features.visual)
      expect(paired.present.visual).toEqual(expected.present.visual)
    })
  })

  it('is the same for the same seed, and leaves all else as it was', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (seed, other, utterance) => {
        const given = pairing({ utterance, resting: 0.3, pictures: 3, noise: 0.4, conversation: 0.6 })
        const paired = pairFaces(conversations, faces, given, target, seed)
        expect(pairFaces(conversations, faces, given, target, seed)).toEqual(paired)
        paired.forEach(({ features, present, ...rest }, index) => {
          const before = conversations[index]!
          expect({ ...rest, text: features.text, audio: features.audio, said: present.text }).toEqual({
            ...{ id: before.id, length: before.length, speakers: before.speakers, labels: before.labels },
            ...{ text: before.features.text, audio: before.features.audio, said: before.present.text },
          })
        })
        if (seed !== other && utterance > 0.1)
          expect(pairFaces(conversations, faces, { ...given, conversation: 1 }, target, other)).not.toEqual(
            pairFaces(conversations, faces, { ...given, conversation: 1 }, target, seed),
          )
      }),
      { numRuns: 30 },
    )
  })

  it('without cameras changes nothing; alone, faces are all there is, except where nobody is seen', () => {
    expect(pairFaces(conversations, faces, pairing({ conversation: 0 }), target, 1)).toEqual(conversations)
    const [, paired] = pairFaces(conversations, faces, pairing({ alone: 1, utterance: 0.5 }), target, 1)
    const { text, audio, visual } = paired!.present
    expect(visual).toContain(1)
    expect(visual).toContain(0)
    visual!.forEach((seen, i) => {
      expect([text![i], audio![i]]).toEqual([1 - seen, 1 - seen])
    })
  })
})

it('the statistics are those of the vectors that training draws', () => {
  const given = pairing({ pictures: 3, noise: 0.3 })
  const many = Array.from({ length: 60 }, (_, k) => blind(30, k))
  const { mean, std, utterances } = pairedStatistics(many, faces, given, 'iemocap6')
  const drawn = many.map((each, k) => ({
    id: each.id,
    utterances: drawFaces(each, faces, given, 'iemocap6', createRng(77, k)).map((visual, i) => ({
      id: String(i),
      features: { visual: visual! },
    })),
  }))
  const other = fitNormalisation(drawn, ['visual']).visual!
  expect(utterances).toBe(1800)
  mean.forEach((value, k) => {
    expect(Math.abs(value - other.mean[k]!)).toBeLessThan(0.2 * std[k]!)
  })
  std.forEach((value, k) => {
    expect(value / other.std[k]!).toBeCloseTo(1, 0)
  })
})
