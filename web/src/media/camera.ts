import type { OpenDevice } from './device-switch.ts'

/** Muted, its light stays on and no picture is taken. */
export interface Camera extends OpenDevice {
  /** What the preview shows. */
  readonly stream: MediaStream
}

export interface CameraOptions {
  readonly deviceId?: string | undefined
  readonly framesPerSecond: number
  /** Bytes of one picture. */
  readonly mostBytes: number
  readonly nowMs: () => number
  readonly onPicture: (startMs: number, jpeg: Uint8Array) => void
  readonly onEnd: () => void
}

/** Wide enough for a face of somebody who sits before a computer; more would be scaled down by the server. */
const WIDTH = 480
const QUALITY = 0.8

/** Opens the camera. Fails with the browser's DOMException: not allowed, not found, not readable. */
export async function openCamera(options: CameraOptions): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: {
      ...(options.deviceId !== undefined && { deviceId: { exact: options.deviceId } }),
      width: { ideal: 640 },
      height: { ideal: 480 },
      frameRate: { ideal: 15 },
    },
  })
  const stopTracks = (): void => {
    for (const track of stream.getTracks()) track.stop()
  }
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.srcObject = stream
  try {
    await video.play()
  } catch (error) {
    stopTracks()
    throw error
  }
  const canvas = document.createElement('canvas')
  const drawing = canvas.getContext('2d')!
  let muted = false
  let busy = false

  async function take(): Promise<void> {
    if (muted || busy || video.videoWidth === 0) return
    busy = true
    try {
      const takenAt = options.nowMs()
      canvas.width = Math.min(WIDTH, video.videoWidth)
      canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth)
      drawing.drawImage(video, 0, 0, canvas.width, canvas.height)
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
      if (blob !== null && blob.size <= options.mostBytes && !muted)
        options.onPicture(takenAt, new Uint8Array(await blob.arrayBuffer()))
    } finally {
      busy = false
    }
  }

  const timer = setInterval(() => void take(), 1_000 / options.framesPerSecond)
  stream.getVideoTracks()[0]?.addEventListener('ended', options.onEnd)
  return {
    stream,
    get muted() {
      return muted
    },
    set muted(value) {
      muted = value
      for (const track of stream.getVideoTracks()) track.enabled = !value
    },
    stop() {
      clearInterval(timer)
      stopTracks()
      video.srcObject = null
    },
  }
}
