import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { PerModality } from '../conversation/modality.ts'
import { randomNumbers } from '../crossmodal/random.ts'
import { type CorectConfig, inputSize } from './config.ts'
import type { PreparedConversation } from './prepare.ts'

/** How much of a random conversation is missing: the chance of each utterance to lack each modality (never all). */
const MISSING = 0.2

/** A made-up conversation of standard normal features, random speakers and labels, some modalities missing. */
export function randomConversation(config: CorectConfig, length: number, seed: number): PreparedConversation {
  const random = randomSource(seed)
  const { modalities } = config
  const present: PerModality<Uint8Array> = {}
  for (const modality of modalities) present[modality] = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    for (const modality of modalities) present[modality]![i] = random.uniform() < MISSING ? 0 : 1
    if (modalities.every((modality) => present[modality]![i] === 0)) {
      present[modalities[random.integer(modalities.length)]!]![i] = 1
    }
  }
  const features: PerModality<Float32Array> = {}
  for (const modality of modalities) {
    const size = inputSize(config, modality)
    const there = present[modality]!
    features[modality] = Float32Array.from({ length: length * size }, (_, k) =>
      there[Math.floor(k / size)] ? random.normal() : 0,
    )
  }
  const classes = LABEL_SETS[config.labelSet].length
  return {
    id: `random-${seed}`,
    length,
    features,
    present,
    speakers: Int32Array.from({ length }, () => random.integer(config.speakers)),
    labels: Int32Array.from({ length }, () => random.integer(classes)),
  }
}

/** The utterances up to and with `last`. */
export function prefix(conversation: PreparedConversation, last: number): PreparedConversation {
  const { length } = conversation
  const cut = <A extends Float32Array | Uint8Array>(values: A): A =>
    values.slice(0, length === 0 ? 0 : (values.length / length) * (last + 1)) as A
  return {
    id: conversation.id,
    length: last + 1,
    features: mapped(conversation.features, cut),
    present: mapped(conversation.present, cut),
    speakers: conversation.speakers.slice(0, last + 1),
    labels: conversation.labels.slice(0, last + 1),
  }
}

export const REPLACEMENTS = ['noise', 'zeros', 'shuffle'] as const
export type Replacement = (typeof REPLACEMENTS)[number]

/**
 * The same conversation with another future after `last`, in every modality. `noise`: large random features, speakers and
 * presence; `zeros`: all features 0; `shuffle`: the later utterances in another order.
 */
export function withFuture(
  conversation: PreparedConversation,
  last: number,
  kind: Replacement,
  seed: number,
): PreparedConversation {
  const random = randomSource(seed)
  const { length } = conversation
  const order = Array.from({ length }, (_, i) => i)
  if (kind === 'shuffle') {
    for (let i = length - 1; i > last + 1; i--) {
      const other = last + 1 + random.integer(i - last)
      ;[order[i], order[other]] = [order[other]!, order[i]!]
    }
  }
  const rows = <A extends Float32Array | Uint8Array | Int32Array>(values: A, other: () => number): A => {
    const size = values.length / length
    return values.map((value, k) => {
      const row = Math.floor(k / size)
      if (row <= last) return value
      if (kind === 'shuffle') return values[order[row]! * size + (k % size)]!
      return kind === 'zeros' ? 0 : other()
    }) as A
  }
  const kept = <A>(values: A, changed: A): A => (kind === 'zeros' ? values : changed)
  const { features, present, speakers } = conversation
  return {
    ...conversation,
    features: mapped(features, (values) => rows(values, () => 100 * random.normal())),
    present: kept(
      present,
      mapped(present, (values) => rows(values, () => random.integer(2))),
    ),
    speakers: kept(
      speakers,
      rows(speakers, () => 0),
    ),
  }
}

function mapped<A>(values: PerModality<A>, change: (values: A) => A): PerModality<A> {
  return Object.fromEntries(Object.entries(values).map(([modality, value]) => [modality, change(value)]))
}

function randomSource(seed: number): { uniform(): number; integer(below: number): number; normal(): number } {
  const next = randomNumbers(seed)
  const uniform = (): number => next() / 2 ** 32
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}
