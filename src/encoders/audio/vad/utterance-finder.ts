import { createSpeechSegmenter, type SegmentEvent, type SegmenterOptions } from './segmenter.ts'
import type { VoiceActivityDetector } from './silero.ts'

export interface UtteranceFinder {
  /** Samples at 16 kHz in; the beginnings and ends of utterances that are certain by now out, in order. */
  push(samples: Float32Array): Promise<SegmentEvent[]>
  end(): SegmentEvent[]
}

/** Where utterances begin and end in one participant's sound, in ms from its first sample: detector and segmenter. */
export function createUtteranceFinder(
  detector: VoiceActivityDetector,
  options: SegmenterOptions = {},
): UtteranceFinder {
  const stream = detector.start()
  const segmenter = createSpeechSegmenter(options)
  return {
    async push(samples) {
      return (await stream.push(samples)).flatMap((probability) => segmenter.push(probability))
    },
    end: () => segmenter.end(),
  }
}
