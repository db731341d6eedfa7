import { EmographError } from '../../errors.ts'

/**
 * Which channel of a stereo IEMOCAP recording is the speaker's own microphone, from the utterance's name
 * (`Ses01F_impro02_M011`): the actor of the session's letter (here F) is on the left, 0, the other on the right, 1. On
 * all 65 public clips the published loudness is that of this channel (ratio constant to 2 %), not of the other or the mix.
 * Errors `EMO_FILE_FORMAT` for another kind of name.
 */
export function iemocapChannel(utteranceId: string): 0 | 1 {
  const match = /^Ses\d\d([FM])_.+_([FM])\w*$/.exec(utteranceId)
  if (!match)
    throw new EmographError('EMO_FILE_FORMAT', { expected: 'a name like Ses01F_impro02_M011', got: utteranceId })
  return match[1] === match[2] ? 0 : 1
}
