/**
 * Fits the projection of face descriptors (models/face-appearance) on FER2013's training images and says how much of them
 * it keeps.
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
import { createFaceEncoder, type FaceEncoder } from '../src/encoders/visual/face-encoder.ts'
import { principalComponents } from '../src/encoders/visual/principal-components.ts'
import { encodeFloat32 } from '../src/float32.ts'
import { packagePath } from '../src/package.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')
const SAMPLE = join(SHARED, 'data/fer2013/fer2013_sample.tar')

/** Of `most` images of a split, taken evenly from the sorted ones, so from all emotions. */
async function descriptorsOf(
  faces: FaceEncoder,
  images: LabelledSet,
  split: Split,
  most: number,
): Promise<Float32Array[]> {
  const all = images.items.filter((item) => item.split === split)
  const step = Math.max(1, all.length / most)
  const chosen = all.filter((_, k) => Math.floor(k / step) !== Math.floor((k - 1) / step))
  const descriptors: Float32Array[] = []
  for (const { read } of chosen) {
    const seen = await faces.encodeFace(await decodeImage(await read()), { whole: true })
    if ('descriptor' in seen) descriptors.push(seen.descriptor)
    if (descriptors.length % 500 === 0) console.error(`${split}: ${descriptors.length} of ${chosen.length}`)
  }
  return descriptors
}

/** Share of the variance about the training mean that the components keep. */
function keptShare(descriptors: readonly Float32Array[], mean: Float32Array, components: Float32Array): number {
  const project = projectionOf(mean, components)
  let [kept, total] = [0, 0]
  for (const descriptor of descriptors) {
    for (const value of project(descriptor)) kept += value * value
    for (let k = 0; k < mean.length; k += 1) total += (descriptor[k]! - mean[k]!) ** 2
  }
  return kept / total
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
  const train = await descriptorsOf(faces, set, 'train', images)
  const validation = await descriptorsOf(faces, set, 'val', images / 10)
  await faces.dispose()
  const { mean, components } = principalComponents(train, PROJECTION_SIZE)
  const result = {
    trainImages: train.length,
    validationImages: validation.length,
    numbers: `${DESCRIPTOR_SIZE} -> ${PROJECTION_SIZE}`,
    keptTrain: keptShare(train, mean, components),
    keptValidation: keptShare(validation, mean, components),
  }
  if (process.argv.includes('--write')) {
    const bytes = encodeFloat32(Float32Array.of(...mean, ...components))
    mkdirSync(packagePath('models/face-appearance'), { recursive: true })
    writeFileSync(packagePath(`models/face-appearance/${PROJECTION_FILE}`), bytes)
    console.log(`sha256 ${createHash('sha256').update(bytes).digest('hex')}`)
  }
  console.table(result)
  if (process.argv.includes('--json')) console.log(JSON.stringify(result))
}

await main()
