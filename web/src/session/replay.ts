import type { Client } from '../../../src/client/client.ts'
import type { Conversation, Utterance } from '../../../src/conversation/conversation.ts'
import { conversationEnd } from '../state/figures.ts'
import { createReplayClock } from './replay-clock.ts'
import { planReplay, type ReplayStep } from './replay-plan.ts'

/** A recorded conversation that is being played to the server. */
export interface Replay {
  play(): void
  pause(): void
  setSpeed(speed: number): void
  /** Ends it: nothing more is sent. */
  stop(): void
}

export interface ReplayOptions {
  readonly client: Pick<Client, 'interim' | 'label'>
  readonly conversation: Conversation
  /** Ids of utterances that the server has already. */
  readonly done: ReadonlySet<string>
  readonly onProgress: (progress: { positionMs: number; playing: boolean; speed: number }) => void
  readonly onError: (error: unknown) => void
}

/** Labels that may be outstanding before the next utterance is sent: people wait for nobody, a queue has an end. */
const MOST_OUTSTANDING = 4
/** How often a page is told where the replay is, in ms. */
const PROGRESS_MS = 250

export function createReplay(options: ReplayOptions): Replay {
  const { client, conversation, done } = options
  const steps = planReplay(conversation, done)
  // Where everything has been played it stands at the end.
  const resumedMs = steps[0]?.utterance.startMs ?? conversationEnd(conversation.utterances)
  const clock = createReplayClock(() => performance.now(), done.size > 0 ? resumedMs : 0)
  let next = 0
  let outstanding = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function tell(): void {
    const { playing, speed } = clock
    options.onProgress({ positionMs: clock.position(), playing, speed })
  }

  function run(): void {
    clearTimeout(timer)
    for (; next < steps.length; next++) {
      const step = steps[next]!
      const wait = clock.until(step.atMs)
      if (wait > 0 || (step.final && outstanding >= room())) {
        tell()
        // An answer runs this again sooner.
        if (clock.playing) timer = setTimeout(run, Math.min(wait || PROGRESS_MS, PROGRESS_MS))
        return
      }
      if (step.final) send(step.utterance)
      else if (Number.isFinite(clock.speed)) client.interim(transcriptOf(step, step.atMs))
    }
    clock.pause()
    tell()
  }

  const room = (): number => (Number.isFinite(clock.speed) ? MOST_OUTSTANDING : 1)

  function send(utterance: Utterance): void {
    outstanding++
    client
      .label(transcriptOf({ utterance, text: utterance.text ?? '' }, utterance.endMs))
      .catch(options.onError)
      .finally(() => {
        outstanding--
        if (clock.playing) run()
      })
  }

  return {
    play() {
      if (next >= steps.length) return
      clock.play()
      run()
    },
    pause() {
      clearTimeout(timer)
      clock.pause()
      tell()
    },
    setSpeed(speed) {
      clock.setSpeed(speed)
      if (clock.playing) run()
      else tell()
    },
    stop() {
      clearTimeout(timer)
      next = steps.length
      clock.pause()
    },
  }
}

const transcriptOf = ({ utterance, text }: Pick<ReplayStep, 'utterance' | 'text'>, endMs: number) => ({
  utterance_id: utterance.id,
  participant: utterance.speaker,
  text,
  start_ms: utterance.startMs,
  end_ms: endMs,
})
