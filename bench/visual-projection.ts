/**
 * Fits the projection of face descriptors (models/face-appearance) on FER2013's training images, and says what a linear
 * classifier reads from it and from what it stands for, and in which square of the picture expressions are read best.
 *
 *   npm run bench:visual-projection [-- --json] [-- --images 4000] [-- --write]
 *
 * `--write` writes models/face-appearance/projection.f32.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Split } from '../src/conversation/conversation.ts'
import type { LabelledSet } from '../src/datasets/labelled-media.ts'
import { readLabelledTar } from '../src/datasets/labelled-tar.ts'
import { decodeImage } from '../src/encoders/media/image.ts'
import { PROJECTION_FILE, PROJECTION_SIZE, projectionOf } from '../src/encoders/visual/descriptor-projection.ts'
import { DESCRIPTOR_SIZE } from '../src/encoders/visual/face-descriptor.ts'
import { alignedSquare, createFaceEncoder, type FaceEncoder } from '../src/encoders/visual/face-encoder.ts'
import { createExpressionModel, EXPRESSIONS } from '../src/encoders/visual/face-expression.ts'
import { type Square, wholePicture } from '../src/encoders/visual/geometry.ts'
import { withRoom } from '../src/encoders/visual/picture-features.ts'
import { principalComponents } from '../src/encoders/visual/principal-components.ts'
import { encodeFloat32 } from '../src/float32.ts'
import { packagePath } from '../src/package.ts'
import { type Example, meanRecall, ridgeProbe } from './ridge.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')
const SAMPLE = join(SHARED, 'data/fer2013/fer2013_sample.tar')

interface Seen {
  readonly label: number
  readonly descriptor: Float32Array
  readonly expressions: Float32Array
}

/** `most` items of a split, taken evenly from the sorted ones, so from all emotions. */
function some(images: LabelledSet, split: Split, most: number): LabelledSet['items'] {
  const all = images.items.filter((item) => item.split === split)
  const step = Math.max(1, all.length / most)
  return all.filter((_, k) => Math.floor(k / step) !== Math.floor((k - 1) / step))
}

async function seenIn(faces: FaceEncoder, items: LabelledSet['items']): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const { label, read } of items) {
    const face = await faces.encodeFace(await decodeImage(await read()), { whole: true })
    if ('missing' in face) continue
    seen.push({ label: classOf(label), descriptor: face.descriptor, expressions: face.expressions })
    if (seen.length % 500 === 0) console.error(`${seen.length} of ${items.length}`)
  }
  return seen
}

const classOf = (label: string): number => (EXPRESSIONS as readonly string[]).indexOf(label)
const best = (values: Float32Array): number => values.indexOf(Math.max(...values))

/** Share of the variance about the training mean that the components keep. */
function keptShare(seen: readonly Seen[], mean: Float32Array, components: Float32Array): number {
  const project = projectionOf(mean, components)
  let [kept, total] = [0, 0]
  for (const { descriptor } of seen) {
    for (const value of project(descriptor)) kept += value * value
    for (let k = 0; k < mean.length; k += 1) total += (descriptor[k]! - mean[k]!) ** 2
  }
  return kept / total
}

/** Random directions for comparison: nearly orthogonal in so many dimensions. */
function randomProjection(mean: Float32Array): (descriptor: Float32Array) => Float32Array {
  let state = 1
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return projectionOf(mean, Float32Array.from({ length: PROJECTION_SIZE * mean.length }, uniform))
}

/** How often emotion.onnx is right (all images alike), by the square in which it looks. */
async function squares(faces: FaceEncoder, items: LabelledSet['items']) {
  const model = await createExpressionModel(packagePath('models/face/emotion.onnx'))
  const right = { whole: 0, landmarks: 0, detector: 0 }
  let found = 0
  for (const { label, read } of items) {
    const image = await decodeImage(await read())
    const [face] = await faces.detect(image, withRoom(image))
    const seen = face && (await faces.describe(image, face))
    if (!seen) continue
    found += 1
    const count = async (key: keyof typeof right, square: Square): Promise<void> => {
      if (best(await model.run(image, square)) === classOf(label)) right[key] += 1
    }
    await count('whole', wholePicture(image))
    await count('landmarks', seen.square)
    await count('detector', alignedSquare(face))
  }
  await model.dispose()
  const share = (count: number): number => count / found
  return {
    images: found,
    whole: share(right.whole),
    landmarks: share(right.landmarks),
    detector: share(right.detector),
  }
}

async function main(): Promise<void> {
  if (!existsSync(SAMPLE)) {
    console.log(`skipped: ${SAMPLE} is not there (set EMOGRAPH_SHARED)`)
    return
  }
  const at = process.argv.indexOf('--images')
  const images = at > 0 ? Number(process.argv[at + 1]) : 4000
  const set = await readLabelledTar(SAMPLE)
  const faces = await createFaceEncoder()
  const train = await seenIn(faces, some(set, 'train', images))
  const validation = await seenIn(faces, some(set, 'val', images / 4))
  const square = await squares(faces, some(set, 'val', images / 10))
  await faces.dispose()

  const { mean, components } = principalComponents(
    train.map(({ descriptor }) => descriptor),
    PROJECTION_SIZE,
  )
  const [project, atRandom] = [projectionOf(mean, components), randomProjection(mean)]
  const examples = (seen: readonly Seen[], values: (one: Seen) => Float32Array): Example[] =>
    seen.map((one) => ({ values: values(one), label: one.label }))
  const read = (values: (one: Seen) => Float32Array): number =>
    ridgeProbe(examples(train, values), examples(validation, values), EXPRESSIONS.length)
  const result = {
    images: { train: train.length, validation: validation.length },
    varianceKept: { train: keptShare(train, mean, components), validation: keptShare(validation, mean, components) },
    meanRecall: {
      [`components (${PROJECTION_SIZE})`]: read(({ descriptor }) => project(descriptor)),
      [`random directions (${PROJECTION_SIZE})`]: read(({ descriptor }) => atRandom(descriptor)),
      [`descriptor (${DESCRIPTOR_SIZE})`]: read(({ descriptor }) => descriptor),
      'expressions (7), read off': meanRecall(
        best,
        examples(validation, (one) => one.expressions),
        EXPRESSIONS.length,
      ),
      'expressions and components': read(({ expressions, descriptor }) =>
        Float32Array.of(...expressions, ...project(descriptor)),
      ),
    },
    expressionsRightBySquare: square,
  }
  if (process.argv.includes('--write')) {
    const bytes = encodeFloat32(Float32Array.of(...mean, ...components))
    mkdirSync(packagePath('models/face-appearance'), { recursive: true })
    writeFileSync(packagePath(`models/face-appearance/${PROJECTION_FILE}`), bytes)
    console.log(`sha256 ${createHash('sha256').update(bytes).digest('hex')}`)
  }
  for (const [title, values] of Object.entries(result)) {
    console.log(title)
    console.table(values)
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(result))
}

await main()
