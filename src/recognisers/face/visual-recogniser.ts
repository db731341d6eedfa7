import { DESCRIPTOR_SIZE } from '../../encoders/visual/face-descriptor.ts'
import type { FaceRecogniser } from '../../encoders/visual/visual-encoder.ts'
import { EmographError } from '../../errors.ts'
import { probabilitiesOf } from '../judge.ts'
import { createNetwork } from '../networks/create-network.ts'
import { loadRecogniserFolder } from '../recogniser-folder.ts'
import { standardise } from '../standardisation.ts'

/**
 * A trained recogniser of faces as the visual encoder takes it: it judges the descriptor that the encoder has computed
 * anyway. `useBackend` has to have been called. Its classes become columns `face_mean_recognised_…` and `face_std_recognised_…`.
 *
 * @throws EMO_CHECKPOINT_INVALID, also for a recogniser of sound or of pixels
 * @example
 * const recogniser = await createVisualRecogniser('models/emograph-face-fer2013')
 * const encoder = await createVisualEncoder({ recogniser })
 */
export async function createVisualRecogniser(folder: string): Promise<FaceRecogniser & { dispose(): void }> {
  const { task, network: config, standardisation, labels, weights, name, sha256 } = await loadRecogniserFolder(folder)
  const width = standardisation.mean.length
  if (task !== 'face' || config.kind !== 'perceptron' || width !== DESCRIPTOR_SIZE) {
    const expected = `a recogniser of faces by their descriptor [${DESCRIPTOR_SIZE}]`
    throw new EmographError('EMO_CHECKPOINT_INVALID', { file: folder, expected, got: `${task}, ${config.kind}` })
  }
  const network = createNetwork(config, { width, classes: labels.length }, { weights })
  return {
    name: `${name}-${sha256.slice(0, 12)}`,
    classes: labels,
    probabilities: ({ descriptor }) => probabilitiesOf(network, [standardise(descriptor, standardisation)]),
    dispose: () => network.dispose(),
  }
}
