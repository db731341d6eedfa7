import { parentPort, workerData } from 'node:worker_threads'
import { isEmographError } from '../../errors.ts'
import { decodeImage } from '../media/image.ts'
import { largestOf } from './frame-look.ts'
import { type LookAnswer, type Looked, type LookRequest, READY } from './look-messages.ts'
import { createVisualEncoder } from './visual-encoder.ts'

const port = parentPort!
const say = (answer: LookAnswer): void => port.postMessage(answer)
const fail = (id: number, error: unknown): void =>
  say({ id, failure: String(error), picture: isEmographError(error, 'EMO_IMAGE_FORMAT') })

try {
  const { appearance } = workerData as { readonly appearance: boolean }
  const encoder = await createVisualEncoder({ appearance })

  async function look({ bytes, limits, face: wanted }: LookRequest): Promise<Looked> {
    const frame = encoder.see(0, () => decodeImage(bytes, limits))
    const faces = await frame.faces()
    const largest = largestOf(faces)
    const face = wanted ?? (largest === undefined ? -1 : faces.indexOf(largest))
    return { faces: faces.map((each) => each.face), face, features: await faces[face]?.features() }
  }

  port.on('message', (request: LookRequest) => {
    look(request).then(
      (looked) => say({ id: request.id, looked }),
      (error: unknown) => fail(request.id, error),
    )
  })
  say({ id: READY, looked: { faces: [], face: -1, features: undefined } })
} catch (error) {
  fail(READY, error)
}
