import { isEmographError } from '../../../src/errors.ts'
import { MEDIA_HEAD_BYTES } from '../../../src/server/protocol/media-frame.ts'
import { openCamera } from '../media/camera.ts'
import { createDeviceSwitch, type DeviceSwitch, type OpenDevice } from '../media/device-switch.ts'
import { captureProblem } from '../media/devices.ts'
import { openMicrophone } from '../media/microphone.ts'
import { type PageState, withNotice, withProblem } from '../state/page-state.ts'
import type { Store } from '../store.ts'
import type { Controller } from './controller.ts'

type DeviceName = 'microphone' | 'camera'

/** Which devices a meeting uses; undefined as an id takes the browser's choice. */
export type DeviceChoice = Readonly<
  Record<DeviceName, { readonly wanted: boolean; readonly deviceId?: string | undefined }>
>

/** This computer's microphone and camera: what they take belongs to whoever is chosen as speaker. */
export interface Capture {
  open(choice: DeviceChoice): Promise<void>
  toggle(device: DeviceName): Promise<void>
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
  const { nowMs } = controller
  let choice: DeviceChoice = { microphone: { wanted: true }, camera: { wanted: true } }

  /** Media of a connection that is over has nowhere to go; the connection's own state says so. */
  function send(give: () => void): void {
    try {
      give()
    } catch (error) {
      if (!isEmographError(error, 'EMO_CONNECTION_CLOSED')) store.update((page) => withProblem(page, error))
    }
  }

  function switchOf<D extends OpenDevice>(name: DeviceName, open: (onEnd: () => void) => Promise<D>): DeviceSwitch<D> {
    const made = createDeviceSwitch({
      open: () => open(() => made.close()),
      onState(state) {
        store.update((page) => (page[name] === state ? page : { ...page, [name]: state }))
        if (name === 'microphone' && state === 'off') onLevel(0)
      },
      onFailure: (error) => store.update((page) => withNotice(page, 'problem', captureProblem(error, name))),
    })
    return made
  }

  const microphone = switchOf('microphone', (onEnd) =>
    openMicrophone({
      deviceId: choice.microphone.deviceId,
      nowMs,
      onFrame: (startMs, samples) => send(() => controller.client?.sendAudio(store.state.speaker, startMs, samples)),
      onLevel,
      onEnd,
    }),
  )
  const camera = switchOf('camera', (onEnd) => {
    const limits = store.state.conversation.limits
    return openCamera({
      deviceId: choice.camera.deviceId,
      framesPerSecond: Math.min(FRAMES_PER_SECOND, limits?.frames_per_second ?? FRAMES_PER_SECOND),
      mostBytes: (limits?.frame_bytes ?? 65_536) - MEDIA_HEAD_BYTES,
      nowMs,
      onPicture: (startMs, jpeg) => send(() => controller.client?.sendImage(store.state.speaker, startMs, jpeg)),
      onEnd,
    })
  })

  return {
    get preview() {
      return camera.device?.stream
    },
    async open(chosen) {
      choice = chosen
      // One after the other: browsers ask for one thing at a time. Meanwhile the conversation may be over.
      if (chosen.microphone.wanted) await microphone.open()
      if (chosen.camera.wanted && choice === chosen) await camera.open()
    },
    toggle: (device) => (device === 'microphone' ? microphone : camera).toggle(),
    stop() {
      choice = { ...choice }
      microphone.close()
      camera.close()
    },
  }
}
