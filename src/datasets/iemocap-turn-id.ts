/** What a name such as `Ses05M_script01_1b_F012` says. */
export interface IemocapTurnId {
  readonly dialogue: string
  /** 1 to 5. */
  readonly session: number
  /** The actor whose letter the dialogue bears: wears the markers, sits on the left, is heard on the left channel. */
  readonly lead: 'F' | 'M'
  readonly speaker: 'F' | 'M'
  /** Turns numbered XX were transcribed and never rated. */
  readonly numbered: boolean
}

const TURN = /^(Ses(\d\d)([FM])_(?:impro\d\d[a-z]?|script\d\d_\d[a-z]?))_([FM])(\d{3}[a-z]?|XX\d*)$/

/** The parts of a turn's name; undefined for any other word. */
export function parseIemocapTurnId(id: string): IemocapTurnId | undefined {
  const parts = TURN.exec(id)
  if (parts === null) return undefined
  const [dialogue, session, lead, speaker, number] = parts.slice(1) as [string, string, Letter, Letter, string]
  return { dialogue, session: Number(session), lead, speaker, numbered: !number.startsWith('XX') }
}

type Letter = 'F' | 'M'
