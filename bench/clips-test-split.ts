import { join } from 'node:path'
import type { Conversation } from '../src/conversation/conversation.ts'
import type { Modality } from '../src/conversation/modality.ts'
import { MODES, type Mode } from '../src/conversation/mode.ts'
import { encodeMissingText } from '../src/datasets/encode-missing-text.ts'
import { readIemocapFeatures } from '../src/datasets/iemocap-features.ts'
import { textCacheFolder } from '../src/encoders/text/open-text-encoder.ts'
import type { Checkpoint } from '../src/model/checkpoint.ts'
import { createCorect } from '../src/model/corect.ts'
import { prepareConversation } from '../src/model/prepare.ts'
import { evaluateModel } from '../src/training/evaluate.ts'
import { isOurs, withOurColumns } from './our-columns.ts'

export interface TestFigure {
  readonly input: string
  readonly mode: Mode
  readonly weightedF1: number
}

/**
 * What it costs a checkpoint, on speech that it was not trained on, that sound alone gives only some of its audio columns:
 * the test split with published audio, whole and with the columns that our extractor does not make taken away.
 */
export async function testSplitFigures(
  checkpoint: Checkpoint,
  shared: string,
  columns: readonly string[],
): Promise<TestFigure[]> {
  const read: Conversation[] = []
  const options = { split: 'test', audioColumns: columns } as const
  for await (const each of readIemocapFeatures(join(shared, 'data/iemocap'), options)) read.push(each)
  const encoder = checkpoint.features.text?.encoder ?? 'all-MiniLM-L6-v2:q8'
  const { conversations } = await encodeMissingText(read, encoder, textCacheFolder())
  const reduced = conversations.map((each) => withOurColumns(each, columns))

  const { model: config, normalisation, weights, name } = checkpoint
  const model = createCorect(config, { weights })
  const variants: ReadonlyArray<readonly [string, readonly Conversation[], readonly Modality[]]> = [
    ['text', conversations, ['text']],
    [`text + the ${columns.filter(isOurs).length} published columns that sound gives`, reduced, ['text', 'audio']],
    [`text + all ${columns.length} published columns`, conversations, ['text', 'audio']],
  ]
  const figures = variants.flatMap(([input, given, modalities]) => {
    const prepared = given.map((each) => prepareConversation(each, { ...config, normalisation }))
    return MODES.map((mode) => {
      const { scores } = evaluateModel(model, prepared, { name, split: 'test', mode, modalities })
      return { input, mode, weightedF1: scores.weightedF1 }
    })
  })
  model.dispose()
  return figures
}
