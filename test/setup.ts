import fc from 'fast-check'

/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changed and not by luck.
 * `FAST_CHECK_SEED=random npm test` looks for cases that nobody has met yet; a number repeats a run.
 */
const wish = process.env.FAST_CHECK_SEED ?? '20261121'
if (wish !== 'random') fc.configureGlobal({ seed: Number(wish) })
