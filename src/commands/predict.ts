import { Command } from 'commander'
import { EmographError } from '../errors.ts'
import { createPredictor, type Prediction } from '../recognisers/predictor.ts'
import { loadServedModel } from '../server/load-model.ts'
import { predictText } from '../server/predict-text.ts'
import { type BackendChoice, useBackend } from '../tensor/backend.ts'
import { backendOption, modelOption } from '../terminal/options.ts'
import { drawBar } from '../training/report-table.ts'

interface Flags {
  readonly audio?: string
  readonly image?: string
  readonly whole: boolean
  readonly video?: string
  readonly text?: string
  readonly model: string
  readonly audioModel?: string
  readonly faceModel?: string
  readonly json: boolean
  readonly backend: BackendChoice
}

/** `emograph predict`: one recording, picture, video or sentence, each by its own recogniser. */
export function predictCommand(): Command {
  return new Command('predict')
    .description('label one recording, picture, video or sentence by itself')
    .option('--audio <file>', 'a recording')
    .option('--image <file>', 'a picture (JPEG, PNG)')
    .option('--whole', 'the picture is a cut-out face: look for none', false)
    .option('--video <file>', 'a video: its sound and its faces')
    .option('--text <words>', 'a sentence')
    .addOption(modelOption())
    .option('--audio-model <dir>', 'recogniser of recordings (default: the shipped one)')
    .option('--face-model <dir>', 'recogniser of faces (default: the shipped one)')
    .option('--json', 'print one JSON object', false)
    .addOption(backendOption())
    .action(async (flags: Flags) => {
      const predictions = await predictAll(flags)
      process.stdout.write(
        flags.json ? `${JSON.stringify({ predictions })}\n` : `${predictions.map(renderPrediction).join('\n\n')}\n`,
      )
    })
}

async function predictAll(flags: Flags): Promise<Prediction[]> {
  const { audio, image, video, text, audioModel, faceModel, whole } = flags
  if (audio === undefined && image === undefined && video === undefined && text === undefined) {
    throw new EmographError('EMO_CONFIG_INVALID', {
      expected: '--audio, --image, --video or --text',
      got: 'none of them',
      fix: 'Say what to label: emograph predict --audio clip.wav',
    })
  }
  const predictions: Prediction[] = []
  await useBackend(flags.backend)
  const predictor = createPredictor({
    ...(audioModel !== undefined && { audioModel }),
    ...(faceModel !== undefined && { faceModel }),
  })
  try {
    if (audio !== undefined) predictions.push(await predictor.audio(audio))
    if (image !== undefined) predictions.push(await predictor.image(image, { whole }))
    if (video !== undefined) predictions.push(...(await predictor.video(video)))
    if (text !== undefined) {
      const model = await loadServedModel(flags.model, { backend: flags.backend })
      predictions.push(await predictText(model, text))
      await model.dispose()
    }
    return predictions
  } finally {
    await predictor.dispose()
  }
}

/** A prediction for a terminal: a bar a class. */
export function renderPrediction(prediction: Prediction): string {
  const remarks = (prediction.remarks ?? []).map((remark) => `\n  note: ${remark}`).join('')
  const head = `${prediction.modality}  (${prediction.model})${remarks}`
  if ('missing' in prediction) return `${head}\n  nothing to judge: ${prediction.missing}`
  const wide = Math.max(...prediction.probabilities.map(({ name }) => name.length))
  const lines = prediction.probabilities.map(
    ({ name, probability }) =>
      `  ${name.padEnd(wide)} ${drawBar(probability, 24)} ${(probability * 100).toFixed(1).padStart(5)} %`,
  )
  return [head, ...lines].join('\n')
}
