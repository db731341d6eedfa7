import * as tf from '@tensorflow/tfjs'
import { currentKernels } from './kernels/register.ts'
import { addressOf, announceChange } from './kernels/wasm-backend.ts'

export interface AdamOptions {
  /** `adam` adds the decay to the gradient (Kingma & Ba 2015), `adamw` takes it off the weight (Loshchilov & Hutter 2019). */
  readonly kind: 'adam' | 'adamw'
  readonly weightDecay: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

export interface Adam {
  /**
   * Changes every variable by its gradient, first scaled so that the norm of all gradients together is at most
   * `clipNorm`. Gradients are left as they are. A variable without a gradient is left alone.
   * @returns the norm before the scaling
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, options: { learningRate: number; clipNorm: number }): number
  /** `step` [1], and the moments of each variable as `mean.NAME` and `square.NAME`. */
  getState(): Map<string, Float32Array>
  setState(state: ReadonlyMap<string, Float32Array>): void
  dispose(): void
}

/** The factors of one step, computed in double precision; see src/tensor/kernels/assembly/adam.ts for the formula. */
interface Factors {
  readonly gradientScale: number
  readonly coupledDecay: number
  readonly keep: number
  readonly rate: number
  readonly rootScale: number
}

/** One variable and the running means of its gradient and of the gradient's square. */
interface Slot {
  readonly variable: tf.Variable
  readonly mean: tf.Variable
  readonly square: tf.Variable
}

/** Adam and AdamW as torch.optim computes them: one pass over the heap with our kernels, tensor operations elsewhere. */
export function createAdam(variables: ReadonlyMap<string, tf.Variable>, options: AdamOptions): Adam {
  const zeros = (like: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(like.shape), false))
  const slots = new Map<string, Slot>(
    [...variables].map(([name, variable]) => [name, { variable, mean: zeros(variable), square: zeros(variable) }]),
  )
  let count = 0
  return {
    step(gradients, { learningRate, clipNorm }) {
      count++
      const norm = globalNorm(gradients)
      const factors = factorsOf(options, learningRate, count, norm > clipNorm ? clipNorm / norm : 1)
      for (const [name, gradient] of gradients) {
        const slot = slots.get(name)
        if (slot === undefined) throw new Error(`a gradient for ${name}, which the optimiser does not know`)
        update(slot, gradient, factors, options)
      }
      return norm
    },
    getState() {
      const state = new Map([['step', Float32Array.of(count)]])
      for (const [name, { mean, square }] of slots) {
        state.set(`mean.${name}`, mean.dataSync<'float32'>().slice())
        state.set(`square.${name}`, square.dataSync<'float32'>().slice())
      }
      return state
    },
    setState(state) {
      const values = (key: string): Float32Array => {
        const found = state.get(key)
        if (found === undefined) throw new Error(`the optimiser's state lacks ${key}`)
        return found
      }
      count = values('step')[0]!
      for (const [name, { mean, square }] of slots) {
        setValues(mean, values(`mean.${name}`))
        setValues(square, values(`square.${name}`))
      }
    },
    dispose: () => tf.dispose([...slots.values()].flatMap(({ mean, square }) => [mean, square])),
  }
}

/** Gives a variable other numbers, of its size. */
export function setValues(variable: tf.Variable, values: Float32Array): void {
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))
}

/** √(Σ g²) over all gradients, summed in double precision where the kernels are there. */
function globalNorm(gradients: ReadonlyMap<string, tf.Tensor>): number {
  const current = currentKernels()
  let sum = 0
  for (const gradient of gradients.values()) {
    sum +=
      current === undefined
        ? tf.tidy(() => gradient.square().sum().dataSync()[0]!)
        : current.kernels.sumOfSquares(gradient.size, addressOf(current.backend, gradient))
  }
  return Math.sqrt(sum)
}

function factorsOf(
  { kind, weightDecay, beta1, beta2 }: AdamOptions,
  learningRate: number,
  count: number,
  gradientScale: number,
): Factors {
  return {
    gradientScale,
    coupledDecay: kind === 'adam' ? weightDecay : 0,
    keep: kind === 'adamw' ? 1 - learningRate * weightDecay : 1,
    rate: learningRate / (1 - beta1 ** count),
    rootScale: 1 / Math.sqrt(1 - beta2 ** count),
  }
}

function update(slot: Slot, gradient: tf.Tensor, factors: Factors, options: AdamOptions): void {
  if (currentKernels() === undefined) updateByOperations(slot, gradient, factors, options)
  else updateInPlace(slot, gradient, factors, options)
}

function updateInPlace({ variable, mean, square }: Slot, gradient: tf.Tensor, f: Factors, options: AdamOptions): void {
  const { kernels, backend } = currentKernels()!
  for (const written of [variable, mean, square]) ownData(written)
  const [w, g, m, v] = [variable, gradient, mean, square].map((tensor) => addressOf(backend, tensor)) as [
    number,
    number,
    number,
    number,
  ]
  const { beta1, beta2, epsilon } = options
  const { gradientScale, coupledDecay, keep, rate, rootScale } = f
  const decays = [beta1, 1 - beta1, beta2, 1 - beta2] as const
  kernels.adam(variable.size, w, g, m, v, gradientScale, coupledDecay, keep, rate, rootScale, epsilon, ...decays)
  announceChange(backend, variable)
}

/** A clone shares its data with its original: what is to be written to must belong to this variable alone. */
function ownData(variable: tf.Variable): void {
  if (tf.backend().refCount(variable.dataId) > 1) setValues(variable, variable.dataSync<'float32'>())
}

function updateByOperations({ variable, mean, square }: Slot, gradient: tf.Tensor, f: Factors, o: AdamOptions): void {
  tf.tidy(() => {
    const g = gradient.mul(f.gradientScale).add(variable.mul(f.coupledDecay))
    mean.assign(mean.mul(o.beta1).add(g.mul(1 - o.beta1)))
    square.assign(square.mul(o.beta2).add(g.square().mul(1 - o.beta2)))
    const root = square.sqrt().mul(f.rootScale).add(o.epsilon)
    variable.assign(variable.mul(f.keep).sub(mean.mul(f.rate).div(root)))
  })
}
