/** What another recogniser says of one utterance, or of one that goes on. Times in ms of its own clock. */
export interface ImportedTranscript {
  /** Its own name for the speaker, the same for the whole session; undefined where it tells none apart. */
  readonly speaker?: string
  /** How people call the speaker, where that is another name. */
  readonly speakerName?: string
  /** Everything said since the utterance began, without white space at its ends; never ''. */
  readonly text: string
  readonly startMs: number
  /** Never before `startMs`. */
  readonly endMs: number
  /** False: the utterance goes on, and what is said of it may still change. */
  readonly final: boolean
}

/** Turns the messages of one recogniser's session into transcripts; it remembers what they leave to the next message. */
export interface TranscriptAdapter {
  /**
   * What one message says, in order. Kinds of messages that say nothing of utterances, and kinds that are unknown, say [].
   *
   * @throws EMO_MESSAGE_INVALID for what is no message of the recogniser, naming the field and never its words
   */
  take(payload: unknown): ImportedTranscript[]
}
