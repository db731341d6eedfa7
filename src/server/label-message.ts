import { namedProbabilities } from './probabilities.ts'
import type { UtteranceLabel } from './protocol/server-messages.ts'
import type { SessionUtterance } from './session-utterance.ts'
import type { ToldLabel } from './store/utterance-rows.ts'

/**
 * What every `utterance.label` says, of an utterance that is whole and of one that is still being spoken.
 *
 * @param labels in the order of the label set
 */
export function labelMessage(
  utterance: SessionUtterance,
  told: ToldLabel & { readonly latencyMs: number },
  labels: readonly string[],
) {
  return {
    type: 'utterance.label',
    utterance_id: utterance.utteranceId,
    participant: utterance.participant,
    text: utterance.text,
    start_ms: utterance.startMs,
    end_ms: utterance.endMs,
    label: told.label,
    probabilities: namedProbabilities(labels, told.probabilities),
    modalities: [...told.modalities],
    mode: told.mode,
    latency_ms: told.latencyMs,
  } satisfies Partial<UtteranceLabel>
}
