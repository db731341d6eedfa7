import type { Mode } from '../conversation/mode.ts'
import { createLabelling, type Labelling, type LabelOutcome, type ReadyUtterance } from './labelling.ts'
import type { RestoredSession } from './restore.ts'
import type { ServedModel } from './served-model.ts'
import type { Settings } from './settings.ts'

/**
 * A session's labelling under its settings, as they are applied one after the other: there is none before consent. After a
 * restart it is behind until the conversation so far has been brought into the model again. One call at a time.
 */
export interface SessionLabelling {
  /** How many utterances were labelled. */
  readonly count: number
  /** That of the settings last applied. */
  readonly mode: Mode | undefined
  readonly behind: boolean
  /** Undefined while nothing can be labelled. */
  readonly preview: Labelling['preview'] | undefined
  /** What was labelled before the restart goes into the model again. */
  catchUp(): Promise<void>
  /** These settings hold from here on. Undefined where no label can change by it, so that nobody has to wait. */
  apply(settings: Settings): Promise<LabelOutcome> | undefined
  label(utterance: ReadyUtterance): Promise<LabelOutcome>
  dispose(): void
}

/** @param restored of a session that goes on */
export function createSessionLabelling(
  model: ServedModel,
  restored: Pick<RestoredSession, 'labelled' | 'applied'> | undefined,
): SessionLabelling {
  const { labelled = [], applied: before } = restored ?? {}
  let applied = before
  let behind = before?.consent === true || labelled.length > 0
  let labelling = behind ? createLabelling(model, before?.mode ?? 'live') : undefined

  return {
    get count() {
      return labelling?.count ?? 0
    },
    get mode() {
      return applied?.mode
    },
    get behind() {
      return behind
    },
    get preview() {
      return behind ? undefined : labelling?.preview
    },
    async catchUp() {
      await labelling?.restore(labelled, labelling.mode)
      behind = false
    },
    apply(settings) {
      applied = settings
      if (settings.consent) labelling ??= createLabelling(model, settings.mode)
      return labelling === undefined || labelling.mode === settings.mode ? undefined : labelling.setMode(settings.mode)
    },
    label(utterance) {
      if (labelling === undefined) throw new Error('an utterance was accepted before the labeller was made')
      return labelling.label(utterance, { explain: applied?.explain === true })
    },
    dispose() {
      labelling?.dispose()
    },
  }
}
