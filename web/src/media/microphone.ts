import { type AudioFrame, FRAME_SAMPLES, WIRE_SAMPLE_RATE } from './audio-frames.ts'
import worklet from './capture-worklet.ts?worker&url'
import { createMediaClock } from './media-clock.ts'

export interface Microphone {
  muted: boolean
  stop(): void
}

export interface MicrophoneOptions {
  /** Undefined: the one that the browser prefers. */
  readonly deviceId?: string | undefined
  /** The conversation's time, in ms. */
  readonly nowMs: () => number
  /** 100 ms of 16 kHz mono; not called while muted. */
  readonly onFrame: (startMs: number, samples: Int16Array) => void
  /** 0 to 1, ten times a second; 0 while muted. */
  readonly onLevel: (level: number) => void
  /** The device has gone. */
  readonly onEnd: () => void
}

/** Opens the microphone. Fails with the browser's DOMException: not allowed, not found, not readable. */
export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      ...(options.deviceId !== undefined && { deviceId: { exact: options.deviceId } }),
      echoCancellation: true,
      noiseSuppression: true,
      // Loudness is part of how something is said.
      autoGainControl: false,
    },
  })
  const context = new AudioContext()
  let muted = false

  function stop(): void {
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }

  try {
    await context.audioWorklet.addModule(worklet)
    await context.resume()
  } catch (error) {
    stop()
    throw error
  }
  const source = context.createMediaStreamSource(stream)
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
  const clock = createMediaClock()
  const lengthMs = (1_000 * FRAME_SAMPLES) / WIRE_SAMPLE_RATE
  capture.port.onmessage = ({ data }: MessageEvent<AudioFrame>) => {
    // Counted while muted too, so that the time goes on.
    const startMs = clock.startMs(data.offsetMs, lengthMs, options.nowMs())
    options.onLevel(muted ? 0 : data.level)
    if (!muted) options.onFrame(startMs, data.samples)
  }
  source.connect(capture)
  stream.getAudioTracks()[0]?.addEventListener('ended', options.onEnd)

  return {
    get muted() {
      return muted
    },
    set muted(value) {
      muted = value
      for (const track of stream.getAudioTracks()) track.enabled = !value
    },
    stop,
  }
}
