import type { Features } from '../conversation/conversation.ts'
import type { InterimGate } from './interim-gate.ts'
import type { SessionUtterance } from './session-utterance.ts'

export interface InterimOptions {
  /** Ms between two interim labels of one participant. */
  readonly everyMs: number
  /** Shared by all sessions of the server. */
  readonly gate: InterimGate
  /** False while the client or the quality controller wants none. */
  readonly enabled: () => boolean
  /** The features of the utterance so far: of its text, and of its media. */
  readonly encode: (utterance: SessionUtterance) => Promise<Features>
  /** Labels the utterance without a trace and sends the label; `elapsedMs` since the newest of what it is made of. */
  readonly label: (utterance: SessionUtterance, features: Features, elapsedMs: number) => void
  /** What went wrong with one interim label; the next is tried all the same. */
  readonly onFault: (cause: unknown) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** The interim labels of one session. */
export interface InterimLabels {
  /** More is known of an open utterance; its features are those that the client gave. */
  update(utterance: SessionUtterance): void
  /** More media of the participant's open utterance has come, if one is open. */
  touch(participant: string): void
  /** The utterance is whole, or will never be: no interim label of it comes any more. */
  end(utteranceId: string): void
  dispose(): void
}

/** After finals were in the way. */
const RETRY_MS = 100

/** What is said by one participant now. */
interface Speaking {
  utterance: SessionUtterance
  /** When the newest of it came. */
  at: number
  /** It has no interim label yet. */
  fresh: boolean
}

/** The pace of one participant, over all utterances. */
interface Turn {
  speaking: Speaking | undefined
  labelledAt: number
  running: boolean
  timer: NodeJS.Timeout | undefined
}

/**
 * Labels utterances while they are spoken: for each participant at most one every `everyMs`, of the newest that is known
 * when its turn comes. What came between is passed over. Never in the way of finals: while one waits in any session no
 * interim label begins, and one that is being encoded when its utterance becomes whole is thrown away.
 */
export function createInterimLabels(options: InterimOptions): InterimLabels {
  const turns = new Map<string, Turn>()

  function arm(turn: Turn, delayMs: number): void {
    if (turn.timer === undefined && !turn.running)
      turn.timer = setTimeout(() => {
        turn.timer = undefined
        void run(turn)
      }, delayMs).unref()
  }

  const dueIn = (turn: Turn): number => Math.max(0, turn.labelledAt + options.everyMs - options.now())

  async function run(turn: Turn): Promise<void> {
    const speaking = turn.speaking
    if (!speaking?.fresh || !options.enabled()) return
    const leave = options.gate.enter()
    if (leave === undefined) return arm(turn, RETRY_MS)
    turn.running = true
    speaking.fresh = false
    try {
      const { utterance, at } = speaking
      const features = await options.encode(utterance)
      if (turn.speaking !== speaking || !options.enabled() || Object.keys(features).length === 0) return
      turn.labelledAt = options.now()
      options.label(utterance, features, options.now() - at)
    } catch (cause) {
      options.onFault(cause)
    } finally {
      leave()
      turn.running = false
      if (turn.speaking?.fresh) arm(turn, dueIn(turn))
    }
  }

  function renew(turn: Turn, utterance: SessionUtterance): void {
    const news = { utterance, at: options.now(), fresh: true }
    if (turn.speaking?.utterance.utteranceId === utterance.utteranceId) Object.assign(turn.speaking, news)
    else turn.speaking = news
    arm(turn, dueIn(turn))
  }

  function stop(turn: Turn): void {
    turn.speaking = undefined
    clearTimeout(turn.timer)
    turn.timer = undefined
  }

  return {
    update(utterance) {
      const turn: Turn = turns.get(utterance.participant) ?? {
        speaking: undefined,
        labelledAt: Number.NEGATIVE_INFINITY,
        running: false,
        timer: undefined,
      }
      turns.set(utterance.participant, turn)
      renew(turn, utterance)
    },
    touch(participant) {
      const turn = turns.get(participant)
      if (turn?.speaking !== undefined) renew(turn, turn.speaking.utterance)
    },
    end(utteranceId) {
      for (const turn of turns.values()) if (turn.speaking?.utterance.utteranceId === utteranceId) stop(turn)
    },
    dispose() {
      for (const turn of turns.values()) stop(turn)
    },
  }
}
