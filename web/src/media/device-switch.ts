import type { DeviceState } from '../state/page-state.ts'

/** What a microphone and a camera have in common. */
export interface OpenDevice {
  muted: boolean
  stop(): void
}

/** A device that is off, on or muted: open once at most, and closed when it opens after it was switched off. */
export interface DeviceSwitch<D extends OpenDevice> {
  /** Undefined unless it is on or muted. */
  readonly device: D | undefined
  open(): Promise<void>
  /** Mutes it, or opens it where it is off. */
  toggle(): Promise<void>
  close(): void
}

export function createDeviceSwitch<D extends OpenDevice>(options: {
  readonly open: () => Promise<D>
  readonly onState: (state: DeviceState) => void
  readonly onFailure: (error: unknown) => void
}): DeviceSwitch<D> {
  const { onState } = options
  let device: D | undefined
  /** Of the newest time that it was opened; browsers may ask people for long. */
  let opening: object | undefined

  async function open(): Promise<void> {
    if (opening !== undefined || device !== undefined) return
    const mine = {}
    opening = mine
    try {
      const opened = await options.open()
      if (opening !== mine) return opened.stop()
      device = opened
      onState('on')
    } catch (error) {
      if (opening === mine) options.onFailure(error)
    } finally {
      if (opening === mine) opening = undefined
    }
  }

  return {
    get device() {
      return device
    },
    open,
    async toggle() {
      if (device === undefined) return open()
      device.muted = !device.muted
      onState(device.muted ? 'muted' : 'on')
    },
    close() {
      opening = undefined
      device?.stop()
      device = undefined
      onState('off')
    },
  }
}
