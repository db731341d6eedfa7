import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer, ServerEvent } from './events.ts'
import { QUALITY_LEVELS, type QualityLevel } from './protocol/server-messages.ts'

/** What is read off the server when it is asked, rather than counted as it happens. */
export interface Readings {
  /** In memory, those that wait for `session.resume` included. */
  readonly sessions: number
  readonly connections: number
  /** Final utterances without a label, and for how long the oldest of them has waited. */
  readonly waiting: number
  readonly oldestWaitMs: number
  readonly quality: QualityLevel
}

/** The figures of one server for Prometheus; `GET /metrics`. */
export interface Metrics {
  readonly observe: Observer
  readonly contentType: string
  /** The text exposition format. */
  text(): Promise<string>
}

/**
 * Every label of every figure is one of a closed list (message types, modes, codes, reasons, levels): nothing that a
 * client can choose becomes a label, so that neither names nor words can leave by this door, nor can a client make the
 * number of series grow.
 *
 * The names follow prometheus.io/docs/practices/naming: a prefix, base units, `_total` for what only grows.
 */
export function createMetrics(readings: () => Readings): Metrics {
  const registry = new Registry()
  const count = createCounters(registry)
  createGauges(registry, readings)
  let processFigures = false

  return {
    observe: (event) => count(event),
    contentType: registry.contentType,
    text() {
      // They watch the process for as long as it lives: a server whose figures nobody asks for does not begin to.
      if (!processFigures) collectDefaultMetrics({ register: registry })
      processFigures = true
      return registry.metrics()
    },
  }
}

function createCounters(registry: Registry): (event: ServerEvent) => void {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `emograph_${name}_total`, help, labelNames, registers })
  const seconds = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `emograph_${name}_seconds`, help, buckets, registers })

  const received = counter('messages_received', 'Messages of clients, by type.', ['type'])
  const receivedBytes = counter('received_bytes', 'Bytes of messages of clients.', [])
  const sent = counter('messages_sent', 'Messages to clients, by type.', ['type'])
  const labels = counter('labels', 'Labels given, by mode and kind: final, interim or revised.', ['mode', 'kind'])
  const latency = seconds(
    'label_latency',
    'From what made an utterance whole to the sending of its label.',
    [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5],
  )
  const mediaTaken = counter('media_frames', 'Binary frames that came, by kind.', ['kind'])
  const mediaDropped = counter('media_frames_dropped', 'Those of them that were not used, by kind and reason.', [
    'kind',
    'reason',
  ])
  const storeWrites = seconds(
    'store_write',
    'Time of one write to the database.',
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5],
  )
  const errors = counter('errors', 'Errors told to clients, by code.', ['code'])
  const refused = counter('refused', 'Requests and upgrades refused, by code.', ['code'])
  const held = counter('held', 'Times that a connection was read more slowly, by reason.', ['reason'])
  const opened = counter('sessions_opened', 'Sessions begun.', [])
  const resumed = counter('sessions_resumed', 'Sessions taken up again: from memory, or from the store.', ['from'])
  const detached = counter('sessions_detached', 'Connections lost, by whether the session waits.', ['kept'])
  const left = counter('sessions_left', 'Sessions no longer in memory, by reason; "kept" rests in the store.', [
    'reason',
  ])

  return (event) => {
    switch (event.type) {
      case 'message.received':
        received.inc({ type: event.message })
        receivedBytes.inc(event.bytes)
        break
      case 'message.sent':
        sent.inc({ type: event.message })
        break
      case 'label.told':
        labels.inc({ mode: event.mode, kind: event.kind })
        break
      case 'utterance.labelled':
        latency.observe(event.latencyMs / 1_000)
        break
      case 'media.taken':
        mediaTaken.inc({ kind: event.kind }, event.frames)
        break
      case 'media.dropped':
        mediaDropped.inc({ kind: event.kind, reason: event.reason }, event.frames)
        break
      case 'store.written':
        storeWrites.observe(event.ms / 1_000)
        break
      case 'error':
        errors.inc({ code: event.code })
        break
      case 'refused':
        refused.inc({ code: event.code })
        break
      case 'held':
        held.inc({ reason: event.reason })
        break
      case 'session.opened':
        opened.inc()
        break
      case 'session.resumed':
        resumed.inc({ from: event.restored ? 'store' : 'memory' })
        break
      case 'session.detached':
        detached.inc({ kept: String(event.kept) })
        break
      case 'session.left':
        left.inc({ reason: event.reason ?? 'kept' })
        break
    }
  }
}

function createGauges(registry: Registry, readings: () => Readings): void {
  const gauge = (name: string, help: string, read: (now: Readings) => number) =>
    new Gauge({
      name: `emograph_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(readings()))
      },
    })
  gauge('sessions', 'Sessions in memory.', ({ sessions }) => sessions)
  gauge('connections', 'Open connections.', ({ connections }) => connections)
  gauge('queue_utterances', 'Final utterances that wait for their labels.', ({ waiting }) => waiting)
  gauge('queue_age_seconds', 'How long the oldest of them has waited.', ({ oldestWaitMs }) => oldestWaitMs / 1_000)
  gauge(
    'quality_level',
    `What the server does: ${QUALITY_LEVELS.map((name, i) => `${i} ${name}`).join(', ')}.`,
    ({ quality }) => QUALITY_LEVELS.indexOf(quality),
  )
}
