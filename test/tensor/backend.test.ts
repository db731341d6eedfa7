import * as tf from '@tensorflow/tfjs'
import { describe, expect, test } from 'vitest'
import { isEmographError } from '../../src/errors.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { currentKernels } from '../../src/tensor/kernels/register.ts'

const notInstalled = () =>
  Promise.reject(
    Object.assign(new Error("Cannot find package '@tensorflow/tfjs-node-gpu' imported from backend.ts"), {
      code: 'ERR_MODULE_NOT_FOUND',
    }),
  )
const withoutLibrary = () =>
  Promise.reject(new Error('The Node.js native addon module (tfjs_binding.node) can not be found'))
const brokenDependency = () =>
  Promise.reject(Object.assign(new Error("Cannot find module 'node-pre-gyp'"), { code: 'MODULE_NOT_FOUND' }))

describe('useBackend', () => {
  test('wasm without the built kernels works and says what to do', async () => {
    const chosen = await useBackend('wasm', { kernels: new URL('file:///nowhere/kernels.wasm') })
    expect(chosen.name).toBe('wasm')
    expect(currentKernels()).toBeUndefined()
    expect(chosen.explanation).toMatch(/npm run build:kernels/)
  })

  test('auto goes past a missing GPU package to wasm with our kernels', async () => {
    const chosen = await useBackend('auto', { importGpu: notInstalled })
    expect(chosen.name).toBe('wasm')
    expect(tf.getBackend()).toBe('wasm')
    expect(currentKernels()).toBeDefined()
    expect(chosen.explanation).toMatch(/is not installed\. WebAssembly with our SIMD kernels\.$/)
  })

  test.each([withoutLibrary, brokenDependency])(
    'a GPU package that does not load is explained, not fatal',
    async (importGpu) => {
      const chosen = await useBackend('auto', { importGpu })
      expect(chosen.name).toBe('wasm')
      expect(chosen.explanation).toMatch(/installed but does not load/)
    },
  )

  test('a package that loads but registers no backend is passed by', async () => {
    const chosen = await useBackend('auto', { importGpu: () => Promise.resolve({}) })
    expect(chosen.name).toBe('wasm')
    expect(chosen.explanation).toMatch(/backend tensorflow does not start/)
  })

  test('a backend that registers itself is used', async () => {
    const importGpu = async () => {
      tf.registerBackend('tensorflow', () => Object.assign(new tf.KernelBackend(), { dispose: () => {} }))
    }
    const chosen = await useBackend('auto', { importGpu })
    expect(chosen.name).toBe('node-gpu')
    tf.removeBackend('tensorflow')
  })

  test('one asked for by name that does not work is an error with the cause', async () => {
    const error = await useBackend('node-gpu', { importGpu: withoutLibrary }).catch((caught: unknown) => caught)
    expect(isEmographError(error, 'EMO_BACKEND_UNAVAILABLE')).toBe(true)
    expect(String(error)).toMatch(/native addon/)
  })

  test('choosing twice changes nothing; cpu can be chosen', async () => {
    expect((await useBackend('cpu')).name).toBe('cpu')
    expect((await useBackend('wasm')).name).toBe('wasm')
    expect((await useBackend('wasm')).name).toBe('wasm')
    expect(tf.tidy(() => tf.matMul(tf.ones([5, 2]), tf.ones([2, 5])).dataSync()[0])).toBe(2)
  })
})
