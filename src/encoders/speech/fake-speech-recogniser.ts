import type { SpeechRecogniser } from './speech-recogniser.ts'

/** A test double: no weights; says how long a sound is, and nothing of one that is silent. */
export function createFakeSpeechRecogniser(): SpeechRecogniser {
  return {
    name: 'fake-speech-recogniser',
    async transcribe(samples) {
      return samples.some((sample) => sample !== 0)
        ? `I spoke for ${Math.round(samples.length / 16)} milliseconds.`
        : ''
    },
    dispose: async () => {},
  }
}
