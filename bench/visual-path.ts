/**
 * How far a checkpoint trusts faces: dialogues without pictures, paired with pictures that were not learned from as training
 * pairs its own (docs/visual-path.md), and with pictures that have nothing to do with the label. A simulation: what real video
 * is worth, bench:clips says as far as there is any.
 *
 *   npm run bench:visual-path -- --faces runs/faces/features.jsonl [--model DIR] [--split val] [--config FILE] [--json]
 *
 * `--faces`: what `emograph extract --pictures` made of FER2013; its split `val` is used.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Conversation } from '../src/conversation/conversation.ts'
import type { Modality } from '../src/conversation/modality.ts'
import { MODES } from '../src/conversation/mode.ts'
import { encodeMissingText } from '../src/datasets/encode-missing-text.ts'
import { readIemocapFeatures } from '../src/datasets/iemocap-features.ts'
import { textCacheFolder } from '../src/encoders/text/open-text-encoder.ts'
import { loadCheckpoint } from '../src/model/checkpoint.ts'
import { createCorect } from '../src/model/corect.ts'
import { type PreparedConversation, prepareConversation } from '../src/model/prepare.ts'
import { useBackend } from '../src/tensor/backend.ts'
import { loadTrainConfig } from '../src/training/config-file.ts'
import { evaluateModel } from '../src/training/evaluate.ts'
import { readFacePool } from '../src/training/face-pool.ts'
import { pairFaces } from '../src/training/visual-pairing.ts'
import { withOurColumns } from './our-columns.ts'

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    config: { type: 'string', default: 'configs/iemocap6-visual.yaml' },
    faces: { type: 'string', default: 'runs/faces/features.jsonl' },
    split: { type: 'string', default: 'val' },
    json: { type: 'boolean', default: false },
  },
})
const CORPUS = join(process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared'), 'data/iemocap')
/** So many pairings are averaged. */
const PAIRINGS = 5

async function main(): Promise<void> {
  if (!existsSync(CORPUS) || !existsSync(flags.faces)) {
    console.log(`skipped: no ${CORPUS} (EMOGRAPH_SHARED) or no ${flags.faces} (--faces)`)
    return
  }
  await useBackend('auto')
  const { model: config, normalisation, weights, features, name } = await loadCheckpoint(flags.model)
  const { data } = await loadTrainConfig(flags.config)
  if (data.visualPairing === null || normalisation.visual === undefined || features.audio?.columns === undefined) {
    console.log('skipped: the checkpoint or its configuration has no visual path')
    return
  }
  const columns = features.audio.columns
  const split = flags.split === 'test' ? 'test' : 'val'
  const read: Conversation[] = []
  for await (const each of readIemocapFeatures(CORPUS, { split, audioColumns: columns })) read.push(each)
  const { conversations } = await encodeMissingText(read, features.text!.encoder!, textCacheFolder())
  const prepared = conversations.map((each) =>
    prepareConversation(withOurColumns(each, columns), { ...config, normalisation }),
  )

  const pairing = { ...data.visualPairing, faces: flags.faces, conversation: 1, utterance: 1, alone: 0 }
  const pool = await readFacePool(pairing, 'val')
  const target = { ...config, statistics: normalisation.visual }
  const paired = (noise: number): PreparedConversation[][] =>
    Array.from({ length: PAIRINGS }, (_, seed) => pairFaces(prepared, pool, { ...pairing, noise }, target, seed))
  const asTrained = paired(pairing.noise)
  const variants: ReadonlyArray<readonly [string, readonly PreparedConversation[][], readonly Modality[]]> = [
    ['text + our 47 audio columns', [prepared], ['text', 'audio']],
    ['... + faces paired as in training', asTrained, ['text', 'audio', 'visual']],
    ['... + faces unrelated to the label', paired(1), ['text', 'audio', 'visual']],
    ['text', [prepared], ['text']],
    ['text + faces paired as in training', asTrained, ['text', 'visual']],
    ['faces alone, paired as in training', asTrained, ['visual']],
  ]
  const model = createCorect(config, { weights })
  const figures = variants.map(([input, sets, modalities]) => {
    const scores = MODES.map((mode) => {
      const each = sets.map((set) => evaluateModel(model, set, { name, split, mode, modalities }).scores.weightedF1)
      return [mode, (each.reduce((sum, value) => sum + value, 0) / each.length).toFixed(4)]
    })
    return { input, ...Object.fromEntries(scores) }
  })
  model.dispose()
  console.log(
    `${name}, split ${split}, weighted F1; ${pool.all.length} pictures, mean of ${PAIRINGS} pairings. Simulated.`,
  )
  console.table(figures)
  if (flags.json) console.log(JSON.stringify({ benchmark: 'visual-path', model: name, split, figures }))
}

await main()
