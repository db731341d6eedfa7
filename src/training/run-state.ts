import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { EmographError } from '../errors.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../model/safetensors.ts'
import { bestEpochSchema } from './early-stopping.ts'
import { logPositionSchema } from './run-log.ts'
import { scheduleStateSchema } from './schedules.ts'
import type { NamedArrays } from './weight-average.ts'

/** Where a run stands after a whole epoch, but for the arrays. */
const progressSchema = z.object({
  /** Of what configuration and seed this is the run: a resumed run has to be of the same. */
  run: z.string(),
  /** Epochs done. */
  epoch: z.int().nonnegative(),
  /** Steps done. */
  step: z.int().nonnegative(),
  best: bestEpochSchema.nullable(),
  /** The last epoch's dev score. */
  score: z.number().nullable(),
  schedule: scheduleStateSchema,
  log: logPositionSchema,
})
export type RunProgress = z.infer<typeof progressSchema>

/** Everything that a run needs to go on as if nothing had happened. Random draws need no state: see `deriveSeed`. */
export interface RunState extends RunProgress {
  /** The step runner's weights, batch statistics included. */
  readonly weights: ReadonlyMap<string, Float32Array>
  readonly optimiser: ReadonlyMap<string, Float32Array>
  /** The moving average of the weights, when one is kept. */
  readonly average: NamedArrays | undefined
  /** The weights that the run would leave if it ended here. */
  readonly keptWeights: NamedArrays | undefined
}

const GROUPS = ['weights', 'optimiser', 'average', 'keptWeights'] as const
const METADATA_KEY = 'emograph_run'

/**
 * Writes the state to one file, atomically: into a file beside it, flushed to the disk, then renamed over it. Whenever
 * the process dies, the file is either the last whole epoch's or the one before.
 */
export async function saveRunState(file: string, state: RunState): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const group of GROUPS) {
    for (const [name, data] of state[group] ?? []) tensors.set(`${group}/${name}`, { shape: [data.length], data })
  }
  const progress = JSON.stringify(progressSchema.parse(state))
  const bytes = writeSafetensors(tensors, { [METADATA_KEY]: progress })
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.tmp`
  const handle = await open(beside, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, file)
}

/**
 * The state that {@link saveRunState} wrote, or undefined where there is none.
 * @throws EMO_CHECKPOINT_INVALID when the file is not such a state
 */
export async function loadRunState(file: string): Promise<RunState | undefined> {
  if (!existsSync(file)) return undefined
  const { tensors, metadata } = readSafetensors(await readFile(file), file)
  const progress = progressSchema.safeParse(JSON.parse(metadata[METADATA_KEY] ?? 'null'))
  if (!progress.success) {
    throw new EmographError('EMO_CHECKPOINT_INVALID', {
      file,
      expected: 'the state of a training run',
      cause: progress.error,
    })
  }
  const groups = new Map<string, NamedArrays>(GROUPS.map((group) => [group, new Map()]))
  for (const [name, { data }] of tensors) {
    const slash = name.indexOf('/')
    if (data instanceof Float32Array) groups.get(name.slice(0, slash))?.set(name.slice(slash + 1), data)
  }
  const optional = (group: NamedArrays) => (group.size === 0 ? undefined : group)
  return {
    ...progress.data,
    weights: groups.get('weights')!,
    optimiser: groups.get('optimiser')!,
    average: optional(groups.get('average')!),
    keptWeights: optional(groups.get('keptWeights')!),
  }
}
