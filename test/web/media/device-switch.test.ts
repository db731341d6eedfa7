import { expect, test, vi } from 'vitest'
import { createDeviceSwitch, type OpenDevice } from '../../../web/src/media/device-switch.ts'
import { type Deferred, deferred } from '../deferred.ts'

function setUp() {
  const waiting: Deferred<OpenDevice>[] = []
  const states: string[] = []
  const onFailure = vi.fn()
  const made = createDeviceSwitch({
    open() {
      const opened = deferred<OpenDevice>()
      waiting.push(opened)
      return opened.promise
    },
    onState: (state) => states.push(state),
    onFailure,
  })
  return { made, waiting, states, onFailure }
}

const device = () => ({ muted: false, stop: vi.fn() })

test('it is open once, however often it is asked for while the browser asks', async () => {
  const { made, waiting, states } = setUp()
  const clicks = [made.toggle(), made.toggle(), made.open()]
  const first = device()
  waiting[0]!.resolve(first)
  await Promise.all(clicks)
  expect({ waiting: waiting.length, device: made.device, states }).toEqual({
    waiting: 1,
    device: first,
    states: ['on'],
  })
  await made.toggle()
  await made.toggle()
  expect(states).toEqual(['on', 'muted', 'on'])
})

test('what opens after it was switched off is closed at once, and a refusal that comes then is no news', async () => {
  const { made, waiting, states, onFailure } = setUp()
  const late = made.open()
  made.close()
  const again = made.open()
  made.close()
  const first = device()
  waiting[0]!.resolve(first)
  waiting[1]!.reject(new Error('not allowed'))
  await Promise.all([late, again])
  expect(first.stop).toHaveBeenCalledOnce()
  expect(made.device).toBeUndefined()
  expect(states).not.toContain('on')
  expect(onFailure).not.toHaveBeenCalled()
  // It can be switched on afterwards.
  const third = made.open()
  waiting[2]!.resolve(device())
  await third
  expect(states.at(-1)).toBe('on')
})
