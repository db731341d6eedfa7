import * as tf from '@tensorflow/tfjs'
import { EmographError } from '../errors.ts'
import { KERNELS_URL } from './kernels/kernel-module.ts'
import { registerKernels } from './kernels/register.ts'

export const BACKENDS = ['node-gpu', 'wasm', 'cpu'] as const
export type BackendName = (typeof BACKENDS)[number]
export type BackendChoice = BackendName | 'auto'

export interface ChosenBackend {
  readonly name: BackendName
  readonly tf: typeof tf
  /** Why this one, and what is missing for a faster one: one sentence a backend that was tried. */
  readonly explanation: string
}

/** How the parts that may be missing are found; tests put failures in their place. */
export interface BackendSources {
  /** Loads the optional peer dependency `@tensorflow/tfjs-node-gpu`. */
  readonly importGpu: () => Promise<unknown>
  /** Our kernels for wasm, as `npm run build:kernels` makes them. */
  readonly kernels: URL
}

const GPU_PACKAGE: string = '@tensorflow/tfjs-node-gpu'

const SOURCES: BackendSources = { importGpu: () => import(GPU_PACKAGE), kernels: KERNELS_URL }

/** One backend tried: whether it is now in use, and one sentence about it. */
interface Attempt {
  readonly ready: boolean
  readonly note: string
}

/**
 * Chooses tfjs's backend for this process, once, at its start. `auto` takes the first that works of: TensorFlow's own
 * library (when `@tensorflow/tfjs-node-gpu` is installed), WebAssembly with our kernels, plain JavaScript. What could
 * not be loaded is explained, not fatal.
 *
 * @throws EMO_BACKEND_UNAVAILABLE when a backend is asked for by name and does not work here
 * @example
 * const { name, explanation } = await useBackend('auto')
 * console.error(`${name}: ${explanation}`)
 */
export async function useBackend(
  choice: BackendChoice = 'auto',
  sources: Partial<BackendSources> = {},
): Promise<ChosenBackend> {
  const notes: string[] = []
  for (const name of choice === 'auto' ? BACKENDS : [choice]) {
    const attempt = await tryBackend(name, { ...SOURCES, ...sources })
    notes.push(attempt.note)
    if (attempt.ready) {
      await tf.ready()
      return { name, tf, explanation: notes.join(' ') }
    }
  }
  throw new EmographError('EMO_BACKEND_UNAVAILABLE', { field: 'backend', expected: choice, got: notes.join(' ') })
}

function tryBackend(name: BackendName, sources: BackendSources): Promise<Attempt> {
  if (name === 'node-gpu') return tryGpu(sources)
  if (name === 'wasm') return tryWasm(sources)
  return setBackend('cpu', 'Plain JavaScript.')
}

async function tryGpu({ importGpu }: BackendSources): Promise<Attempt> {
  try {
    await importGpu()
  } catch (error) {
    return { ready: false, note: explainGpuFailure(error) }
  }
  return setBackend('tensorflow', `TensorFlow's library through ${GPU_PACKAGE}.`)
}

/** The package is optional: not installed is no fault; installed and broken is said with its cause. */
function explainGpuFailure(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error)
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  if (missing && message.includes(GPU_PACKAGE)) return `${GPU_PACKAGE} is not installed.`
  return (
    `${GPU_PACKAGE} is installed but does not load (its library is downloaded by its install script; ` +
    `it needs Node below 23 and works in one thread of a process only): ${message}.`
  )
}

async function tryWasm({ kernels }: BackendSources): Promise<Attempt> {
  await import('@tensorflow/tfjs-backend-wasm')
  const attempt = await setBackend('wasm', 'WebAssembly')
  if (!attempt.ready) return attempt
  try {
    registerKernels(kernels)
    return { ready: true, note: 'WebAssembly with our SIMD kernels.' }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      ready: true,
      note: `WebAssembly without our SIMD kernels, so that training is ten times slower: ${message}. Run npm run build:kernels.`,
    }
  }
}

async function setBackend(name: string, note: string): Promise<Attempt> {
  try {
    if (await tf.setBackend(name)) return { ready: true, note }
    return { ready: false, note: `tfjs's backend ${name} does not start on this machine.` }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ready: false, note: `tfjs's backend ${name} does not start on this machine: ${message}.` }
  }
}
