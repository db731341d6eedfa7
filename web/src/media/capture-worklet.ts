import { createAudioFramer } from './audio-frames.ts'

/** What an AudioWorkletGlobalScope has; TypeScript's DOM library does not describe it. */
declare const sampleRate: number
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}

/** Runs on the audio thread: the microphone's sound in, frames of the wire out, whatever the page is busy with. */
class CaptureProcessor extends AudioWorkletProcessor {
  readonly #framer = createAudioFramer(sampleRate)

  process([channels]: readonly (readonly Float32Array[])[]): boolean {
    if (channels === undefined || channels.length === 0) return true
    for (const frame of this.#framer.push(mono(channels))) this.port.postMessage(frame, [frame.samples.buffer])
    return true
  }
}

function mono(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels
  if (channels.length === 1) return first!
  return first!.map((_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length)
}

registerProcessor('capture', CaptureProcessor)
