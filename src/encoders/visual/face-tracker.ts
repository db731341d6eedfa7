import type { DetectedFace } from './face-detector.ts'
import { area, overlap } from './geometry.ts'

export interface TrackedFace {
  /** Of the track: the same face keeps it from frame to frame; from 0. */
  readonly track: number
  readonly face: DetectedFace
}

export interface FaceTracker {
  /** The faces of the next frame in; the participant's face in it out, or undefined where it is not seen. */
  update(faces: readonly DetectedFace[], timeMs: number): TrackedFace | undefined
}

export interface FaceTrackerOptions {
  /** A face belongs to the track whose last box it overlaps by at least this (intersection over union). */
  readonly minimumOverlap?: number
  /** A track that was not seen for so long is over. */
  readonly patienceMs?: number
  /** Another face takes over when it is so many times larger than the chosen one... */
  readonly takeOver?: number
  /** ...and has been seen in so many frames. */
  readonly steadyFrames?: number
}

interface Track {
  readonly id: number
  face: DetectedFace
  seenMs: number
  frames: number
}

/**
 * Follows one face through the frames of an utterance: the largest steady one. Detections are matched to tracks by overlap,
 * the best pair first. The first choice is the largest face; it stays chosen, also while it is hidden for a moment, until
 * its track is over or a face much larger has been there for some frames. What it answers depends on no later frame.
 */
export function createFaceTracker(options: FaceTrackerOptions = {}): FaceTracker {
  const { minimumOverlap = 0.2, patienceMs = 1000, takeOver = 1.5, steadyFrames = 3 } = options
  let tracks: Track[] = []
  let chosen: Track | undefined
  let next = 0
  return {
    update(faces, timeMs) {
      tracks = tracks.filter((track) => timeMs - track.seenMs <= patienceMs)
      const pairs = tracks
        .flatMap((track) => faces.map((face) => ({ track, face, value: overlap(track.face.box, face.box) })))
        .filter(({ value }) => value >= minimumOverlap)
        .sort((a, b) => b.value - a.value)
      const matched = new Set<unknown>()
      for (const { track, face } of pairs) {
        if (matched.has(track) || matched.has(face)) continue
        matched.add(track).add(face)
        Object.assign(track, { face, seenMs: timeMs, frames: track.frames + 1 })
      }
      for (const face of faces) {
        if (matched.has(face)) continue
        tracks.push({ id: next, face, seenMs: timeMs, frames: 1 })
        next += 1
      }
      chosen = choose(tracks, chosen, timeMs)
      return chosen?.seenMs === timeMs ? { track: chosen.id, face: chosen.face } : undefined
    },
  }

  function choose(candidates: readonly Track[], current: Track | undefined, timeMs: number): Track | undefined {
    const seen = candidates.filter((track) => track.seenMs === timeMs)
    const largest = seen.reduce<Track | undefined>(
      (best, track) => (best && area(best.face.box) >= area(track.face.box) ? best : track),
      undefined,
    )
    if (!current || !candidates.includes(current)) return largest
    if (!largest || largest.frames < steadyFrames) return current
    return area(largest.face.box) > takeOver * area(current.face.box) ? largest : current
  }
}
