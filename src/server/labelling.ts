import { LABEL_SETS } from '../conversation/label-sets.ts'
import type { PerModality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { EdgeExplanation, UtteranceProbabilities } from '../model/streaming.ts'
import { labelMessage } from './label-message.ts'
import { bestLabel, largestMove, namedProbabilities } from './probabilities.ts'
import type { AttentionEdge, Unnumbered } from './protocol/server-messages.ts'
import type { Labeller, ServedModel } from './served-model.ts'
import type { SessionUtterance } from './session-utterance.ts'
import type { NewLabel, ToldLabel } from './store/utterance-rows.ts'

/**
 * An utterance is sent again when its label has changed, or when one of its probabilities is this far from the one that
 * the client has. Below it a picture of the probabilities would not change, and every utterance of a long conversation
 * moves a little with each new one.
 */
const REVISION_THRESHOLD = 0.005

/** A final utterance with all its features, ready for the model. */
export interface ReadyUtterance extends SessionUtterance {
  /** Why a modality that the session streams is not among them. */
  readonly missing?: PerModality<string> | undefined
  /** The `request_id` of its final transcript. */
  readonly requestId?: string | undefined
  /** Milliseconds since the final transcript came in, at the time of the call. */
  readonly elapsedMs: () => number
}

/** An utterance that was labelled before, with what the client was last told of it. */
export interface LabelledUtterance extends Pick<ReadyUtterance, 'utteranceId' | 'participant' | 'features'> {
  readonly told: Pick<ToldLabel, 'label' | 'probabilities'>
}

/** What is to be told, in this order, and what is to be remembered of it. */
export interface LabelOutcome {
  readonly messages: readonly Unnumbered[]
  readonly label?: NewLabel
  readonly revised: readonly ({ readonly utteranceId: string } & ToldLabel)[]
}

/**
 * The model's side of one session: labels utterances and remembers what the client was told. One call at a time; `preview`
 * whenever.
 */
export interface Labelling {
  /** How many utterances were labelled. */
  readonly count: number
  readonly mode: Mode
  /** @param options.explain with the attention that fed the label, where it is live */
  label(utterance: ReadyUtterance, options?: { readonly explain: boolean }): Promise<LabelOutcome>
  setMode(mode: Mode): Promise<LabelOutcome>
  /** A label of an utterance that goes on; leaves no trace. */
  preview(utterance: Pick<ReadyUtterance, 'utteranceId' | 'participant' | 'features'>): UtteranceProbabilities
  /**
   * Brings a new labelling to where another was after these utterances, in `mode`. The model's live state is exactly the
   * same, as it is computed from the same features; labels are those that were told, not computed anew. Lets other
   * sessions work in between.
   */
  restore(utterances: readonly LabelledUtterance[], mode: Mode): Promise<void>
  dispose(): void
}

interface Told {
  readonly participant: string
  label: string
  probabilities: Float32Array
}

/** For so long, in ms, a restored conversation may hold up the others at a time. */
const RESTORE_SLICE_MS = 10

export function createLabelling(model: ServedModel, firstMode: Mode): Labelling {
  const labeller: Labeller = model.createLabeller(firstMode)
  const labels: readonly string[] = LABEL_SETS[model.labelSet]
  const told = new Map<string, Told>()
  let count = 0
  let disposed = false

  function remember(utteranceId: string, entry: Told): void {
    count++
    told.set(utteranceId, entry)
    // The model does not revise what lies beyond its history, so neither does this map grow beyond it.
    if (told.size > model.historyLimit) told.delete(told.keys().next().value!)
  }

  /** The revision of one utterance that the model has labelled anew; none where the client would see no difference. */
  function revise(changed: UtteranceProbabilities, always: boolean): LabelOutcome {
    const before = told.get(changed.utteranceId)
    if (before === undefined) return NOTHING
    const label = bestLabel(labels, changed.probabilities)
    if (
      !always &&
      label === before.label &&
      largestMove(before.probabilities, changed.probabilities) < REVISION_THRESHOLD
    )
      return NOTHING
    const message: Unnumbered = {
      type: 'utterance.revised',
      utterance_id: changed.utteranceId,
      participant: before.participant,
      label,
      previous_label: before.label,
      probabilities: namedProbabilities(labels, changed.probabilities),
      modalities: [...changed.modalities],
      mode: labeller.mode,
      final: false,
    }
    before.label = label
    before.probabilities = changed.probabilities
    return { messages: [message], revised: [{ ...changed, mode: labeller.mode, label }] }
  }

  return {
    get count() {
      return count
    },
    get mode() {
      return labeller.mode
    },
    async label(utterance, { explain } = { explain: false }) {
      const { utteranceId, participant, features } = utterance
      const [own, ...changed] = await labeller.add({ id: utteranceId, speaker: participant, features })
      if (own === undefined) throw new Error('the labeller gave no label for the utterance that it was given')
      const { probabilities, modalities } = own
      const label = bestLabel(labels, probabilities)
      remember(utteranceId, { participant, label, probabilities })
      const attention = explain ? labeller.explain(utteranceId)?.map(toWireEdge) : undefined
      const latencyMs = Math.round(utterance.elapsedMs() * 100) / 100
      const { mode } = labeller
      const told: NewLabel = { utteranceId, features, mode, label, probabilities, modalities, latencyMs, attention }
      const { requestId, missing } = utterance
      const message: Unnumbered = {
        ...labelMessage(utterance, told, labels),
        request_id: requestId,
        final: mode === 'live',
        interim: false,
        ...(missing !== undefined && Object.keys(missing).length > 0 && { missing }),
        ...(attention !== undefined && { attention }),
      }
      const revisions = combine(changed.map((other) => revise(other, false)))
      return { messages: [message, ...revisions.messages], label: told, revised: revisions.revised }
    },
    async setMode(next) {
      if (next === labeller.mode) return NOTHING
      const relabelled = await labeller.setMode(next)
      // In live mode a label never changes: what was given offline stands as it was last told.
      return next === 'offline' ? combine(relabelled.map((utterance) => revise(utterance, true))) : NOTHING
    },
    preview: ({ utteranceId, participant, features }) =>
      labeller.preview({ id: utteranceId, speaker: participant, features }),
    async restore(utterances, last) {
      // The live state is kept up in either mode, and live is the cheaper one to add in.
      await labeller.setMode('live')
      let began = performance.now()
      for (const { utteranceId, participant, features, told: before } of utterances) {
        await labeller.add({ id: utteranceId, speaker: participant, features })
        remember(utteranceId, { participant, ...before })
        if (performance.now() - began < RESTORE_SLICE_MS) continue
        await new Promise((resolve) => setImmediate(resolve))
        if (disposed) return
        began = performance.now()
      }
      await labeller.setMode(last)
    },
    dispose() {
      disposed = true
      labeller.dispose()
    },
  }
}

/** What there is to tell when nothing changes. */
export const NOTHING: LabelOutcome = { messages: [], revised: [] }

const combine = (outcomes: readonly LabelOutcome[]): LabelOutcome => ({
  messages: outcomes.flatMap(({ messages }) => messages),
  revised: outcomes.flatMap(({ revised }) => revised),
})

const toWireEdge = ({ source, target, share }: EdgeExplanation): AttentionEdge => ({
  utterance_id: source.utteranceId,
  modality: source.modality,
  target,
  share: Math.min(1, share),
})
