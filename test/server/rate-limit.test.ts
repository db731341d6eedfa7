import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitsSchema } from '../../src/server/limits.ts'
import { createRateLimiter } from '../../src/server/rate-limit.ts'

function limiter(changes: Record<string, number> = {}) {
  let time = 0
  const made = createRateLimiter(limitsSchema.parse(changes), () => time)
  return {
    ...made,
    size: () => made.size,
    pass: (ms: number) => {
      time += ms
    },
  }
}
const refused = expect.objectContaining({ code: 'EMO_TOO_MANY_REQUESTS', status: 429 })

describe('connections', () => {
  test('one address has so many at a time; one that ends makes room, once', () => {
    const { connect } = limiter({ connectionsPerAddress: 2 })
    const first = connect('a')
    connect('a')
    expect(() => connect('a')).toThrow(refused)
    connect('b')
    first.release()
    first.release()
    connect('a')
    expect(() => connect('a')).toThrow(refused)
  })

  test('one address has so many new ones a minute, and is told when the next is possible', () => {
    const { connect, pass } = limiter({ connectsPerMinute: 30 })
    for (let i = 0; i < 10; i++) connect('a').release()
    const error = catchError(() => connect('a'))
    expect(error).toEqual(refused)
    const { retryAfterMs } = (error as { detail: { retryAfterMs: number } }).detail
    expect(retryAfterMs).toBe(2_000)
    pass(retryAfterMs - 1)
    expect(() => connect('a')).toThrow(refused)
    pass(1)
    connect('a')
  })
})

test('sockets of an address are counted until they are closed', () => {
  const { openSocket } = limiter({ socketsPerAddress: 1 })
  const closed = openSocket('a')
  expect(() => openSocket('a')).toThrow(refused)
  openSocket('b')
  closed()
  closed()
  openSocket('a')
  expect(() => openSocket('a')).toThrow(refused)
})

test('sessions of an address count until they have left, whatever becomes of their connections', () => {
  const { connect, sessionBegan, sessionLeft } = limiter({ sessionsPerAddress: 2 })
  for (const session of ['one', 'two']) {
    connect('a').release()
    sessionBegan(session, 'a')
  }
  expect(() => connect('a')).toThrow(refused)
  connect('b')
  sessionLeft('two')
  sessionLeft('two')
  sessionLeft('never began')
  connect('a')
  sessionBegan('three', 'a')
  expect(() => connect('a')).toThrow(refused)
})

test('predictions of an address are counted by the minute', () => {
  const { predict, pass } = limiter({ predictionsPerMinute: 3 })
  predict('a')
  expect(() => predict('a')).toThrow(refused)
  predict('b')
  pass(20_000)
  predict('a')
})

describe('what comes on a connection', () => {
  test('is counted by messages and by bytes, and nothing is refused: the wait grows with the debt', () => {
    const { connect, pass } = limiter({ messagesPerSecond: 10, bytesPerSecond: 1_000 })
    const meter = connect('a')
    const waits = Array.from({ length: 30 }, () => meter.count(1))
    expect(waits.slice(0, 20)).toEqual(Array(20).fill(undefined))
    expect(waits.slice(20)).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ reason: 'messages', waitMs: (i + 1) * 100 })),
    )
    pass(60_000)
    expect(meter.count(3_500)).toEqual({ reason: 'bytes', waitMs: 1_500 })
    expect(connect('a').count(100)).toBeUndefined()
  })

  test('of one address is counted over all its connections', () => {
    const { connect } = limiter({ addressBytesPerSecond: 1_000 })
    const [one, two, other] = [connect('a'), connect('a'), connect('b')]
    expect([one.count(1_500), two.count(1_500), other.count(1_500)]).toEqual([
      undefined,
      { reason: 'bytes', waitMs: 1_000 },
      undefined,
    ])
  })
})

test('the table of addresses never grows beyond its bound, and never forgets one that is connected', () => {
  const command = fc.record({ address: fc.nat(30).map(String), act: fc.constantFrom('connect', 'release', 'predict') })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const { connect, predict, size } = limiter({
        addresses: 5,
        connectionsPerAddress: 2,
        predictionsPerMinute: 6_000,
      })
      const held = new Map<string, { release(): void }[]>()
      for (const { address, act } of commands) {
        const mine = held.get(address) ?? []
        held.set(address, mine)
        if (act === 'release') mine.pop()?.release()
        else if (act === 'predict') catchError(() => predict(address))
        else if (mine.length === 2) expect(() => connect(address)).toThrow(refused)
        else catchError(() => mine.push(connect(address)))
        expect(size()).toBeLessThanOrEqual(5)
      }
    }),
  )
})

function catchError(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}
