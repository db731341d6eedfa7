import { describe } from 'vitest'
import { speechModelDir } from '../../src/encoders/speech/model-dir.ts'
import { hasSpeechWeights } from '../../src/encoders/speech/speech-recogniser.ts'

const there = await hasSpeechWeights()

/** `describe` for tests of the real speech recogniser; where its weights are absent they are skipped, and the title says why. */
export function describeWithSpeechWeights(title: string, body: () => void): void {
  const why = `no weights in ${speechModelDir()}: emograph fetch speech`
  describe.skipIf(!there)(there ? title : `${title} [skipped: ${why}]`, body)
}
