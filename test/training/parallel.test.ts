import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const built = new URL('../../dist/training/step.js', import.meta.url)

/** What a user of the published package does: plain Node, compiled files, two threads. */
const program = `
  import { parseCorectConfig } from './dist/model/config.js'
  import { createStepRunner } from './dist/training/step.js'
  const config = parseCorectConfig({
    modalities: ['text'], featureSizes: { text: 4 }, labelSet: 'iemocap6', hidden: 4, graphHeads: 1, textEncoderHeads: 1,
  })
  const optimiser = { kind: 'adamw', weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
  const runner = await createStepRunner({ config, optimiser, threads: 2, backend: 'wasm' })
  const conversation = (length) => ({
    id: String(length), length, features: { text: new Float32Array(length * 4).fill(0.5) },
    present: { text: new Uint8Array(length).fill(1) }, speakers: new Int32Array(length), labels: new Int32Array(length),
  })
  const options = { mode: 'live', labelSmoothing: 0, modalityDropout: 0, learningRate: 0.001, clipNorm: 1, seed: 1 }
  console.log(JSON.stringify(await runner.step([conversation(3), conversation(5)], options)))
`

// `npm test` builds before it tests; a test run on its own may have no dist/.
test.skipIf(!existsSync(built))('the compiled package finds its kernels and its worker, and ends by itself', () => {
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
  expect(child.stderr).toBe('')
  expect(child.status).toBe(0)
  expect(JSON.parse(child.stdout)).toMatchObject({ utterances: 8 })
})
