import type { FrameLook } from '../../encoders/visual/frame-look.ts'

/** A picture of a track. */
export interface Picture {
  readonly timeMs: number
  /** Bytes that it takes while it has not been looked at. */
  readonly bytes: number
  readonly frame: FrameLook
  state: 'new' | 'waiting' | 'seen' | 'gone'
}

/** Pictures by time, bounded in time and bytes. */
export interface PictureList {
  /**
   * Whether a picture of this time has room: `taken` where one of the same time is there, `beside` where one is in its slot.
   * Slots stand on a grid of the conversation's time, so that it does not matter which picture came first of all.
   */
  room(timeMs: number): 'free' | 'taken' | 'beside'
  add(picture: Picture): void
  remove(picture: Picture): void
  /** Those from `fromMs` up to `toMs`, in order. */
  between(fromMs: number, toMs: number): Picture[]
  /** The newest `count`, in order. */
  last(count: number): Picture[]
  /** Of the newest that ever was. */
  readonly newestMs: number | undefined
  /**
   * Takes out and gives back what is older than `ms`, and the oldest until those that were not looked at take no more than
   * `bytes`, and `count` are left.
   */
  shrink(ms: number, bytes: number, count: number): Picture[]
}

const weightOf = ({ state, bytes }: Picture): number => (state === 'seen' ? 0 : bytes)

/** @param slotMs no two pictures are taken of one such stretch of time */
export function createPictureList(slotMs: () => number): PictureList {
  let pictures: Picture[] = []
  let newestMs: number | undefined
  /** Index of the first picture that is not before `ms`. */
  const at = (ms: number): number => {
    let index = pictures.length
    while (index > 0 && pictures[index - 1]!.timeMs >= ms) index -= 1
    return index
  }
  return {
    room(timeMs) {
      const index = at(timeMs)
      const [before, after] = [pictures[index - 1], pictures[index]]
      if (after?.timeMs === timeMs) return 'taken'
      const slot = (ms: number): number => Math.floor(ms / slotMs())
      const beside = (other: Picture | undefined): boolean => other !== undefined && slot(other.timeMs) === slot(timeMs)
      return beside(before) || beside(after) ? 'beside' : 'free'
    },
    add(picture) {
      pictures.splice(at(picture.timeMs), 0, picture)
      newestMs = Math.max(newestMs ?? 0, picture.timeMs)
    },
    remove(picture) {
      pictures = pictures.filter((each) => each !== picture)
    },
    between: (fromMs, toMs) => pictures.slice(at(fromMs), at(toMs)),
    last: (count) => pictures.slice(-count),
    get newestMs() {
      return newestMs
    },
    shrink(ms, bytes, count) {
      let gone = at(ms)
      let left = pictures.slice(gone).reduce((sum, picture) => sum + weightOf(picture), 0)
      while (gone < pictures.length && (left > bytes || pictures.length - gone > count)) {
        left -= weightOf(pictures[gone]!)
        gone += 1
      }
      return pictures.splice(0, gone)
    },
  }
}
