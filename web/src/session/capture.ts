import { isEmographError } from '../../../src/errors.ts'
import { type Camera, openCamera } from '../media/camera.ts'
import { captureProblem } from '../media/devices.ts'
import { type Microphone, openMicrophone } from '../media/microphone.ts'
import { type DeviceState, type PageState, withNotice } from '../state/page-state.ts'
import type { Store } from '../store.ts'
import type { Controller } from './controller.ts'

/** Which devices a meeting uses; undefined as an id takes the browser's choice. */
export interface DeviceChoice {
  readonly microphone: { readonly wanted: boolean; readonly deviceId?: string | undefined }
  readonly camera: { readonly wanted: boolean; readonly deviceId?: string | undefined }
}

/** This computer's microphone and camera: what they take belongs to whoever is chosen as speaker. */
export interface Capture {
  open(choice: DeviceChoice): Promise<void>
  toggle(device: 'microphone' | 'camera'): Promise<void>
  /** The camera's stream, for a preview. */
  readonly preview: MediaStream | undefined
  stop(): void
}

/** Pictures a second when the server takes so many. */
const FRAMES_PER_SECOND = 5

export function createCapture(
  store: Store<PageState>,
  controller: Controller,
  onLevel: (level: number) => void,
): Capture {
  let microphone: Microphone | undefined
  let camera: Camera | undefined
  let choice: DeviceChoice = { microphone: { wanted: true }, camera: { wanted: true } }

  const show = (device: 'microphone' | 'camera', state: DeviceState): void =>
    store.update((page) => ({ ...page, [device]: state }))
  const problem = (text: string): void => store.update((page) => withNotice(page, 'problem', text))

  /** Media of a connection that is over has nowhere to go; the connection's own state says so. */
  function send(give: () => void): void {
    try {
      give()
    } catch (error) {
      if (!isEmographError(error, 'EMO_CONNECTION_CLOSED'))
        problem(error instanceof Error ? error.message : String(error))
    }
  }

  async function openMicrophoneOf(deviceId: string | undefined): Promise<void> {
    try {
      microphone = await openMicrophone({
        deviceId,
        nowMs: controller.nowMs,
        onFrame: (startMs, samples) => send(() => controller.client?.sendAudio(store.state.speaker, startMs, samples)),
        onLevel,
        onEnd: () => close('microphone'),
      })
      show('microphone', 'on')
    } catch (error) {
      show('microphone', 'off')
      problem(captureProblem(error, 'microphone'))
    }
  }

  async function openCameraOf(deviceId: string | undefined): Promise<void> {
    const limits = store.state.conversation.limits
    try {
      camera = await openCamera({
        deviceId,
        framesPerSecond: Math.min(FRAMES_PER_SECOND, limits?.frames_per_second ?? FRAMES_PER_SECOND),
        mostBytes: (limits?.frame_bytes ?? 65_536) - 6,
        nowMs: controller.nowMs,
        onPicture: (startMs, jpeg) => send(() => controller.client?.sendImage(store.state.speaker, startMs, jpeg)),
        onEnd: () => close('camera'),
      })
      show('camera', 'on')
    } catch (error) {
      show('camera', 'off')
      problem(captureProblem(error, 'camera'))
    }
  }

  function close(device: 'microphone' | 'camera'): void {
    if (device === 'microphone') {
      microphone?.stop()
      microphone = undefined
      onLevel(0)
    } else {
      camera?.stop()
      camera = undefined
    }
    show(device, 'off')
  }

  return {
    get preview() {
      return camera?.stream
    },
    async open(chosen) {
      choice = chosen
      // One after the other: browsers ask for one thing at a time.
      if (choice.microphone.wanted) await openMicrophoneOf(choice.microphone.deviceId)
      if (choice.camera.wanted) await openCameraOf(choice.camera.deviceId)
    },
    async toggle(device) {
      const opened = device === 'microphone' ? microphone : camera
      if (opened === undefined)
        return device === 'microphone'
          ? openMicrophoneOf(choice.microphone.deviceId)
          : openCameraOf(choice.camera.deviceId)
      opened.muted = !opened.muted
      show(device, opened.muted ? 'muted' : 'on')
    },
    stop() {
      close('microphone')
      close('camera')
    },
  }
}
