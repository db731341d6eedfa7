import { LABEL_SETS } from '../conversation/label-sets.ts'
import { createInterimLabels } from './interim.ts'
import { bestLabel, namedProbabilities } from './probabilities.ts'
import { QUALITY_LEVELS, type QualityLevel } from './protocol/server-messages.ts'
import type { SessionContext } from './session-context.ts'
import type { CreateInterimLabels } from './session-hooks.ts'

export interface InterimSetup extends Pick<SessionContext, 'model' | 'load' | 'observe' | 'now'> {
  /** Ms between two interim labels of one participant. */
  readonly everyMs: number
}

/** Interim labels for sessions: while the client wants them, there is consent, and the server has time for them. */
export function interimLabelsOf(setup: InterimSetup): CreateInterimLabels {
  const { model, load, observe, now, everyMs } = setup
  const labels: readonly string[] = LABEL_SETS[model.labelSet]
  return (session) =>
    createInterimLabels({
      everyMs,
      gate: load.interimGate,
      now,
      enabled() {
        const { interimLabels, consent } = session.settings()
        return interimLabels && consent && hasTime(load.level)
      },
      encode: session.inputs,
      label(utterance, features, elapsedMs) {
        const labelled = session.preview(utterance, features)
        if (labelled === undefined) return
        const { mode } = session.settings()
        session.tell({
          type: 'utterance.label',
          utterance_id: utterance.utteranceId,
          participant: utterance.participant,
          text: utterance.text,
          start_ms: utterance.startMs,
          end_ms: utterance.endMs,
          label: bestLabel(labels, labelled.probabilities),
          probabilities: namedProbabilities(labels, labelled.probabilities),
          modalities: [...labelled.modalities],
          mode,
          final: false,
          interim: true,
          latency_ms: Math.round(elapsedMs * 100) / 100,
        })
        observe({ type: 'label.told', mode, kind: 'interim' })
      },
      onFault: session.onFault,
    })
}

const hasTime = (level: QualityLevel): boolean => QUALITY_LEVELS.indexOf(level) < QUALITY_LEVELS.indexOf('no_interim')
