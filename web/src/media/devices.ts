/** A microphone or camera of this computer. */
export interface Device {
  readonly id: string
  /** Empty until the browser has been allowed to use one. */
  readonly name: string
}

/** True where the browser gives microphone and camera to this page: https, or this computer itself. */
export const canCapture = (): boolean => navigator.mediaDevices?.getUserMedia !== undefined

export async function listDevices(): Promise<{ microphones: Device[]; cameras: Device[] }> {
  const found = canCapture() ? await navigator.mediaDevices.enumerateDevices() : []
  const of = (kind: MediaDeviceKind): Device[] =>
    found
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }) => ({ id: deviceId, name: label }))
  return { microphones: of('audioinput'), cameras: of('videoinput') }
}

/** Why a device did not open, for people. */
export function captureProblem(error: unknown, device: 'microphone' | 'camera'): string {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError')
    return `The browser was not allowed to use the ${device}. Its address bar can change that.`
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `No ${device} was found.`
  if (name === 'NotReadableError') return `The ${device} is in use by another program.`
  return `The ${device} could not be opened.`
}
