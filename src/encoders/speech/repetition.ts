/** Tokens of the longest phrase that is looked for, and of the shortest run that no speaker says. */
const LONGEST_PHRASE = 12
const SHORTEST_RUN = 16
const FEWEST_TIMES = 4

/**
 * Where a decoder that has fallen into a loop should have stopped: the length of the tokens with the phrase at their end
 * said once, when it stands there at least four times and for at least 16 tokens; undefined when it does not. Greedy
 * decoding of noise and music ends in such loops; "no, no, no, no" does not reach it.
 */
export function loopAt(tokens: readonly number[]): number | undefined {
  for (let phrase = 1; phrase <= LONGEST_PHRASE; phrase++) {
    let run = phrase
    while (run < tokens.length && tokens.at(-1 - run) === tokens.at(-1 - run + phrase)) run++
    if (run >= Math.max(FEWEST_TIMES * phrase, SHORTEST_RUN)) return tokens.length - run + phrase
  }
  return undefined
}
