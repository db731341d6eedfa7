import { type Scores, scorePredictions } from '../training/metrics.ts'
import type { RecogniserConfig } from './config.ts'
import type { Example } from './examples.ts'
import type { TrainingExample } from './fit.ts'
import { type Judged, probabilitiesOf } from './judge.ts'
import type { Network } from './networks/create-network.ts'
import { type Standardisation, standardise, standardiseByPerson } from './standardisation.ts'

/** How inputs are scaled. */
export interface Scaling {
  readonly standardisation: Standardisation
  readonly personScaling: RecogniserConfig['personScaling']
}

/**
 * `alike`: everybody by the training set's statistics, as a single recording of a stranger is. `by person`: by the
 * person's own over all of the person's items at hand, without their labels.
 */
export type ScalingKind = 'alike' | 'by person'

/** The figures of items scaled in one way, and what they come from. */
export interface RecogniserEvaluation {
  readonly scaling: ScalingKind
  readonly scores: Scores
  readonly labels: Int32Array
  /** [N * C] */
  readonly probabilities: Float32Array
}

/** The forms that training draws from: the item and its copies, and where there is person scaling the same once more. */
export function trainingForms(train: readonly Example[], scaling: Scaling): TrainingExample[] {
  const alike = train.map(({ forms }) => forms.map((form) => standardise(form, scaling.standardisation)))
  const owned = train.map(({ person, forms }) => forms.map((vector) => ({ person, vector })))
  const byPerson = scaling.personScaling
    ? standardiseByPerson(
        owned.flat(),
        owned.map(([first]) => first!),
        scaling.standardisation,
        scaling.personScaling,
      ).values()
    : undefined
  return train.map(({ label, person, forms }, k) => {
    const own = byPerson === undefined ? [] : forms.map(() => byPerson.next().value!)
    return { label, forms: person === undefined ? alike[k]! : [...alike[k]!, ...own] }
  })
}

/** Items as they are, scaled in one way. */
export function inputsOf(items: readonly Example[], scaling: Scaling, kind: ScalingKind): Judged[] {
  const { standardisation, personScaling } = scaling
  if (kind === 'alike' || personScaling === null) {
    return items.map(({ label, forms }) => ({ label, input: standardise(forms[0]!, standardisation) }))
  }
  const owned = items.map(({ person, forms }) => ({ person, vector: forms[0]! }))
  const inputs = standardiseByPerson(owned, owned, standardisation, personScaling)
  return items.map(({ label }, k) => ({ label, input: inputs[k]! }))
}

/** The figures on items for each way of scaling that the recogniser knows; none without items. */
export function evaluateInputs(network: Network, items: readonly Example[], scaling: Scaling): RecogniserEvaluation[] {
  if (items.length === 0) return []
  const knowsPersons = scaling.personScaling !== null && items.some(({ person }) => person !== undefined)
  const kinds: readonly ScalingKind[] = knowsPersons ? ['alike', 'by person'] : ['alike']
  return kinds.map((kind) => {
    const judged = inputsOf(items, scaling, kind)
    const labels = Int32Array.from(judged, ({ label }) => label)
    const probabilities = probabilitiesOf(
      network,
      judged.map(({ input }) => input),
    )
    return {
      scaling: kind,
      labels,
      probabilities,
      scores: scorePredictions([{ labels, probabilities }], network.sizes.classes),
    }
  })
}
