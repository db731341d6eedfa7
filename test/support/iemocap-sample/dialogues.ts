/** A turn of the made-up corpus: speaker, what the annotators say, words. `XX` turns are spoken and never rated. */
export interface SampleTurn {
  readonly speaker: 'F' | 'M'
  readonly category: 'hap' | 'sad' | 'neu' | 'ang' | 'exc' | 'fru' | 'sur' | 'xxx'
  readonly text: string
  readonly unrated?: true
}

export interface SampleDialogue {
  /** An id of the release, so that the official split applies; nothing else of the release is in it. */
  readonly id: string
  /** `sentences`: a file a turn; `dialog`: one stereo recording that turns are cut from. */
  readonly sound: 'sentences' | 'dialog'
  /** Faces of the GRID corpus for the left and the right half of the picture; without them there is no video. */
  readonly faces?: readonly [left: string, right: string]
  readonly turns: readonly SampleTurn[]
  /** Lines that the grammar does not foresee, before the turn of that number (from 0). */
  readonly oddTranscripts?: Readonly<Record<number, string>>
  readonly oddRatings?: Readonly<Record<number, string>>
}

const turn = (speaker: 'F' | 'M', category: SampleTurn['category'], text: string): SampleTurn => ({
  ...{ speaker, category, text },
})

/** Every word of the corpus was written for it. */
export const SAMPLE_DIALOGUES: readonly SampleDialogue[] = [
  {
    id: 'Ses01F_impro01',
    sound: 'sentences',
    faces: ['brbk7n', 'lbax4n'],
    turns: [
      turn('F', 'neu', 'Is the boat still in the harbour?'),
      turn('M', 'neu', 'It was there at noon.'),
      turn('F', 'exc', 'Then we can sail tonight!'),
      turn('M', 'hap', 'I packed the good sandwiches.'),
      { ...turn('F', 'xxx', 'Mhm.'), unrated: true },
      turn('F', 'exc', '[LAUGHTER] You think of everything!'),
      turn('M', 'sad', 'My father would have loved this.'),
      turn('F', 'sad', 'I know. I miss him too.'),
      turn('M', 'xxx', 'Well.'),
    ],
    oddTranscripts: { 2: 'M: [BREATHING]', 5: '(a gull)' },
  },
  {
    id: 'Ses02M_impro04',
    sound: 'sentences',
    turns: [
      turn('M', 'fru', 'The printer ate my ticket again.'),
      turn('F', 'neu', 'Did you press the green button?'),
      turn('M', 'fru', 'I pressed every button it has.'),
      turn('F', 'ang', 'Do not shout at me!'),
      turn('M', 'ang', 'I am shouting at the printer!'),
      turn('F', 'sur', 'Oh, it moves.'),
      turn('M', 'hap', 'Look, two tickets came out.'),
    ],
    oddRatings: { 3: 'a remark without a turn' },
  },
  {
    id: 'Ses03M_impro05a',
    sound: 'dialog',
    turns: [
      turn('F', 'neu', 'The letter came this morning.'),
      turn('M', 'exc', 'Open it, open it!'),
      turn('F', 'exc', 'They took me! I start in May!'),
      turn('M', 'hap', 'I am so proud of you.'),
      turn('F', 'sad', 'It is so far away from you.'),
      turn('M', 'fru', 'We talked about that for weeks.'),
      turn('F', 'ang', 'Talking does not bring it closer.'),
    ],
  },
  {
    id: 'Ses04F_impro07',
    sound: 'sentences',
    faces: ['lbbc2a', 'sbwe5n'],
    turns: [
      turn('F', 'hap', 'The garden is all in bloom.'),
      turn('M', 'neu', 'I watered it on Sunday.'),
      turn('F', 'fru', 'You forgot the roses.'),
      turn('M', 'ang', 'I forget nothing!'),
      turn('F', 'sad', 'They were a gift from my sister.'),
      turn('M', 'exc', 'Wait, there is a bud!'),
    ],
    oddTranscripts: { 0: 'F : [BREATHING]' },
  },
  {
    id: 'Ses05M_script01_1b',
    sound: 'sentences',
    faces: ['sbwe5n', 'lwbsza'],
    turns: [
      turn('M', 'neu', 'Your train leaves at seven.'),
      turn('F', 'sad', 'I do not want to go.'),
      turn('M', 'sad', 'Nor do I want you to.'),
      turn('F', 'fru', 'Then why did you buy the ticket?'),
      turn('M', 'ang', 'Because you told me to!'),
      turn('F', 'exc', 'Come with me! There is a seat!'),
      turn('M', 'hap', 'All right. I will get my coat.'),
    ],
  },
]
