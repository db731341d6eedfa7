import type { CorectConfig } from '../model/config.ts'
import { corectParameters } from '../model/corect-parameters.ts'
import type { PreparedConversation } from '../model/prepare.ts'

/** A part of a batch that goes through the model at once. */
export interface MicroBatch {
  /** Its place among the batch's parts: its dropout is drawn from it. */
  readonly index: number
  readonly conversations: readonly PreparedConversation[]
}

/**
 * Memory for the activations of the micro-batches that are under way, one a thread. With weights, gradients, moments and
 * what the threads share, the whole process stays under 3 GB; the heap of WebAssembly ends at 4 GB and never shrinks.
 */
const ACTIVATION_BYTES = 1.8e9

/**
 * Bytes that tfjs holds at the peak of one utterance's forward and backward pass, for each number that a linear layer
 * puts out: the output, its bias, activation, dropout and their gradients. Measured on wasm: 2.9 MB an utterance at the
 * published size.
 */
const BYTES_PER_OUTPUT = 68

/** How many utterances, padding included, may share a micro-batch of this model. */
export function utterancesPerMicroBatch(config: CorectConfig, threads: number): number {
  const outputs = corectParameters(config).reduce((sum, { shape }) => sum + (shape.length > 1 ? shape.at(-1)! : 0), 0)
  return Math.max(1, Math.floor(ACTIVATION_BYTES / threads / (outputs * BYTES_PER_OUTPUT)))
}

/**
 * Cuts a batch into micro-batches, those of each thread in the order in which it takes them.
 *
 * Conversations of like length share one, so that little is padding, and none holds more than `utterances` (unless a
 * single conversation does). There are at least as many as threads where the batch allows, and each goes to the thread
 * that has the least to do, the largest first (Graham 1969). The same batch gives the same plan.
 */
export function planMicroBatches(
  conversations: readonly PreparedConversation[],
  { threads, utterances }: { threads: number; utterances: number },
): MicroBatch[][] {
  const sorted = [...conversations].sort((a, b) => b.length - a.length)
  const parts = cut(sorted, threads, utterances)
  const shares = Array.from({ length: threads }, () => ({ work: 0, parts: [] as MicroBatch[] }))
  parts.forEach((part, index) => {
    const least = shares.reduce((best, share) => (share.work < best.work ? share : best))
    least.parts.push({ index, conversations: part })
    least.work += part.length * part[0]!.length
  })
  return shares.map((share) => share.parts)
}

/** The fewest runs of the sorted conversations, a multiple of the threads, of which none is too large. */
function cut(sorted: readonly PreparedConversation[], threads: number, utterances: number): PreparedConversation[][] {
  for (let count = threads; count < sorted.length; count += threads) {
    const limit = smallestLimit(sorted, count)
    if (limit <= utterances) return runs(sorted, limit)
  }
  return sorted.map((conversation) => [conversation])
}

/** The smallest padded size within which `count` runs hold them all: the runs are then as even as can be. */
function smallestLimit(sorted: readonly PreparedConversation[], count: number): number {
  const longest = sorted[0]!.length
  let [low, high] = [longest, longest * sorted.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (runs(sorted, middle).length <= count) high = middle
    else low = middle + 1
  }
  return low
}

/** Neighbours together as long as number times longest stays within the limit; the first of a run is its longest. */
function runs(sorted: readonly PreparedConversation[], limit: number): PreparedConversation[][] {
  const parts: PreparedConversation[][] = []
  for (const conversation of sorted) {
    const last = parts.at(-1)
    if (last !== undefined && (last.length + 1) * last[0]!.length <= limit) last.push(conversation)
    else parts.push([conversation])
  }
  return parts
}
