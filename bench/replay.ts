import { parseArgs } from 'node:util'
import { playConversation } from '../src/client/play.ts'
import { LABEL_SETS } from '../src/conversation/label-sets.ts'
import { MODES, type Mode } from '../src/conversation/mode.ts'
import { encodeMissingText } from '../src/datasets/encode-missing-text.ts'
import { textCacheFolder } from '../src/encoders/text/open-text-encoder.ts'
import { loadCheckpoint } from '../src/model/checkpoint.ts'
import { createCorect } from '../src/model/corect.ts'
import { prepareConversation } from '../src/model/prepare.ts'
import { chooseConversations } from '../src/replay/conversations.ts'
import { summariseReplay } from '../src/replay/summary.ts'
import { startTarget, type Target } from '../src/replay/target.ts'
import { argMax, scorePredictions } from '../src/training/metrics.ts'
import { predictConversations } from '../src/training/predict.ts'

/**
 * Plays a whole split through the WebSocket in both modes, words and audio features sent, text encoded by the server,
 * and holds every label against the batch form (`emograph evaluate`). Exits 1 when one differs.
 *
 * npm run bench:replay -- [--model DIR] [--data FILE] [--split NAME] [--json]
 */
const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    data: { type: 'string', default: `${process.env.EMOGRAPH_SHARED ?? '../shared'}/data/iemocap` },
    split: { type: 'string', default: 'test' },
    json: { type: 'boolean', default: false },
  },
})

async function compare(target: Target, mode: Mode) {
  const split = flags.split === 'train' || flags.split === 'val' ? flags.split : 'test'
  const conversations = await chooseConversations({ files: [flags.data], ids: [], split }, target.model)
  const sendFeatures = target.model.modalities
  const played = []
  for (const conversation of conversations)
    played.push(
      await playConversation(target.socketUrl, conversation, { mode, speed: Infinity, sendFeatures, purpose: 'bench' }),
    )
  const summary = summariseReplay(played, { model: target.model.name, mode, labelSet: target.model.label_set })

  const checkpoint = await loadCheckpoint(flags.model)
  const { model: config, normalisation, weights, features } = checkpoint
  const encoder = features.text?.encoder
  const { conversations: complete } =
    encoder === undefined ? { conversations } : await encodeMissingText(conversations, encoder, textCacheFolder())
  const corect = createCorect(config, { weights })
  const prepared = complete.map((conversation) => prepareConversation(conversation, { ...config, normalisation }))
  const probabilities = predictConversations(corect, prepared, mode)
  corect.dispose()

  const labels: readonly string[] = LABEL_SETS[config.labelSet]
  const differing = played.flatMap(({ utterances }, k) =>
    utterances.filter(({ label }, i) => label !== labels[argMax(probabilities[k]!, i * labels.length, labels.length)]),
  )
  const scores = scorePredictions(
    prepared.map((each, k) => ({ labels: each.labels, probabilities: probabilities[k]! })),
    labels.length,
  )
  const { labels: _labels, ...figures } = summary
  return { ...figures, batch_weighted_f1: scores.weightedF1, differing_labels: differing.length }
}

const target = await startTarget(flags.model, 'auto')
const results = []
for (const mode of MODES) results.push(await compare(target, mode))
await target.close()

console.table(
  results.map((result) => ({
    mode: result.mode,
    utterances: result.utterances,
    'weighted F1': result.weighted_f1?.toFixed(4),
    'batch weighted F1': result.batch_weighted_f1.toFixed(4),
    'differing labels': result.differing_labels,
    'latency p50/p95/p99 ms': Object.values(result.latency_ms)
      .map((ms) => ms.toFixed(1))
      .join(' / '),
    'utterances/s': result.utterances_per_second.toFixed(1),
  })),
)
if (flags.json) console.log(JSON.stringify({ model: target.model.name, split: flags.split, results }))
if (results.some((result) => result.differing_labels > 0)) process.exitCode = 1
