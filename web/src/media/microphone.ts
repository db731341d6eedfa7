import { type AudioFrame, FRAME_MS } from './audio-frames.ts'
import worklet from './capture-worklet.ts?worker&url'
import type { OpenDevice } from './device-switch.ts'
import { createMediaClock } from './media-clock.ts'

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
export async function openMicrophone(options: MicrophoneOptions): Promise<OpenDevice> {
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
  const clock = createMediaClock()
  let muted = false
  let over = false

  function take({ offsetMs, samples, level }: AudioFrame): void {
    if (over) return
    // Counted while muted too, so that the time goes on.
    const startMs = clock.startMs(offsetMs, FRAME_MS, options.nowMs())
    options.onLevel(muted ? 0 : level)
    if (!muted) options.onFrame(startMs, samples)
  }

  function stop(): void {
    over = true
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }

  try {
    await context.audioWorklet.addModule(worklet)
    await context.resume()
    const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
    capture.port.onmessage = ({ data }: MessageEvent<AudioFrame>) => take(data)
    context.createMediaStreamSource(stream).connect(capture)
  } catch (error) {
    stop()
    throw error
  }
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
