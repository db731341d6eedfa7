import { EmographError } from '../../errors.ts'
import type { Side } from './video-frame.ts'

/**
 * In which half of an IEMOCAP recording's picture (`dialog/avi/DivX`) an utterance's speaker sits, from the utterance's
 * name (`Ses01F_impro02_M011`). The recordings show both actors side by side, the one with the motion-capture markers on
 * the left; the letter of the session (here F) names that actor, the letter of the utterance (here M) the speaker. So the
 * speaker is on the left where the two agree. It is the rule of the microphones (`iemocapChannel`) for the pictures.
 *
 * The 65 public single-utterance clips are cut from the left half whoever speaks (they show the markers, and the left edge
 * of the recording): in 31 of them the face is the listener's. Errors `EMO_FILE_FORMAT` for another kind of name.
 */
export function iemocapSide(utteranceId: string): Side {
  const match = /^Ses\d\d([FM])_.+_([FM])\w*$/.exec(utteranceId)
  if (!match) {
    throw new EmographError('EMO_FILE_FORMAT', { expected: 'a name like Ses01F_impro02_M011', got: utteranceId })
  }
  return match[1] === match[2] ? 'left' : 'right'
}
