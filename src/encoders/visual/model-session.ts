import { InferenceSession, Tensor } from 'onnxruntime-node'
import { EmographError } from '../../errors.ts'

/** A model with one input. */
export interface ModelSession {
  /** Runs it on one input of this shape; the outputs by name. */
  run(input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Float32Array>>>
  dispose(): Promise<void>
}

/**
 * An ONNX model through onnxruntime on one thread: for models this small a second thread brings nothing. Create it once a
 * process: creating sessions over and over leaks. Errors `EMO_ENCODER_UNAVAILABLE`.
 */
export async function openModel(file: string, outputs: readonly string[]): Promise<ModelSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  const session = await InferenceSession.create(file, options).catch((cause: unknown) => {
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', { file, expected: 'a face model', got: 'none', cause })
  })
  const [name] = session.inputNames
  if (name === undefined || outputs.some((output) => !session.outputNames.includes(output))) {
    throw new EmographError('EMO_ENCODER_UNAVAILABLE', {
      file,
      expected: `outputs ${outputs}`,
      got: `${session.outputNames}`,
    })
  }
  return {
    async run(input, shape) {
      const results = await session.run({ [name]: new Tensor('float32', input, shape) }, [...outputs])
      return Object.fromEntries(outputs.map((output) => [output, results[output]!.data as Float32Array]))
    },
    dispose: () => session.release(),
  }
}
