import { parentPort, workerData } from 'node:worker_threads'
import llamaTokenizer from 'llama-tokenizer-js'
import { isEmographError } from '../../errors.ts'
import { openMoonshine, WORDS_END } from './moonshine.ts'
import { speechPieces } from './pieces.ts'

/** What the thread answers: once that it stands, then a text for each sound. Errors travel in words. */
export type SpeechAnswer = { readonly text: string } | { readonly failure: string }

const port = parentPort!

const failure = (error: unknown): SpeechAnswer => ({
  failure: isEmographError(error) || !(error instanceof Error) ? String(error) : (error.stack ?? error.message),
})

try {
  const moonshine = await openMoonshine((workerData as { readonly dir: string }).dir)

  async function transcribe(samples: Float32Array): Promise<string> {
    const texts: string[] = []
    for (const piece of speechPieces(samples)) {
      const tokens = (await moonshine.tokens(piece)).filter((token) => token < WORDS_END)
      texts.push(llamaTokenizer.decode(tokens, false).trim())
    }
    return texts.filter((text) => /[\p{L}\p{N}]/u.test(text)).join(' ')
  }

  port.on('message', (samples: Float32Array) => {
    transcribe(samples).then(
      (text) => port.postMessage({ text } satisfies SpeechAnswer),
      (error: unknown) => port.postMessage(failure(error)),
    )
  })
  port.postMessage({ text: '' } satisfies SpeechAnswer)
} catch (error) {
  port.postMessage(failure(error))
}
