import type { Features } from '../conversation/conversation.ts'
import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { UtteranceProbabilities } from '../model/streaming.ts'
import type { Observer } from './events.ts'
import { createInterimLabels, type InterimLabels } from './interim.ts'
import { labelMessage } from './label-message.ts'
import type { ServerLoad } from './load.ts'
import { bestLabel } from './probabilities.ts'
import { QUALITY_LEVELS, type QualityLevel, type Unnumbered } from './protocol/server-messages.ts'
import type { ServedModel } from './served-model.ts'
import type { SessionUtterance } from './session-utterance.ts'
import type { Settings } from './settings.ts'

/** A session as far as interim labels need it. */
export interface InterimSession {
  readonly settings: () => Settings
  /** What there is of an utterance so far, as its final label would take it. */
  readonly inputs: (utterance: SessionUtterance) => Promise<Features>
  /** A label that leaves no trace; undefined when the session labels nothing. */
  readonly preview: (utterance: SessionUtterance, features: Features) => UtteranceProbabilities | undefined
  /** Sends a message that is not kept. */
  readonly tell: (message: Unnumbered) => void
  readonly onFault: (cause: unknown) => void
}

/** Makes what labels the utterances of one session that are still being spoken. */
export type CreateInterimLabels = (session: InterimSession) => InterimLabels

export interface InterimSetup {
  readonly model: ServedModel
  readonly load: Pick<ServerLoad, 'level' | 'interimGate'>
  readonly observe: Observer
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
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
        const label = bestLabel(labels, labelled.probabilities)
        const told = { ...labelled, mode, label, latencyMs: Math.round(elapsedMs * 100) / 100 }
        session.tell({ ...labelMessage(utterance, told, labels), final: false, interim: true })
        observe({ type: 'label.told', mode, kind: 'interim' })
      },
      onFault: session.onFault,
    })
}

const hasTime = (level: QualityLevel): boolean => QUALITY_LEVELS.indexOf(level) < QUALITY_LEVELS.indexOf('no_interim')
