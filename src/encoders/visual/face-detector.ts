import type { RgbImage } from '../media/video-frame.ts'
import { DETECTOR_SIZE, detectorAnchors, GRIDS } from './anchors.ts'
import { type Box, fromSquare, type Point, type Square, wholePicture } from './geometry.ts'
import { reducedTo } from './halve.ts'
import { type ModelSession, openModel } from './model-session.ts'
import { sampleSquare } from './sample.ts'
import { overlappingGroups } from './suppression.ts'

/** A face in a picture. Left and right as seen by the viewer: the person's right eye is on the left. */
export interface DetectedFace {
  /** In (0, 1]. */
  readonly score: number
  readonly box: Box
  readonly leftEye: Point
  readonly rightEye: Point
}

export interface FaceDetector {
  /** The faces of a picture, or of an upright square of it, the most certain first. */
  detect(image: RgbImage, within?: Square): Promise<DetectedFace[]>
  dispose(): Promise<void>
}

export interface FaceDetectorOptions {
  /** A face is one from this certainty on; 0.5 is MediaPipe's. */
  readonly minimumScore?: number
}

/** Findings of one face overlap by more than this; MediaPipe's threshold. */
const SAME_FACE = 0.3
/** Each finding: x, y, width, height, then six points (eyes, nose, mouth, ears) as x, y. */
const VALUES = 16
const OUTPUTS = [
  { scores: 'Identity', boxes: 'Identity_2' },
  { scores: 'Identity_1', boxes: 'Identity_3' },
] as const

/** x, y, width, height and both eyes of a finding, in the unit of the detector's square: from 0 to 1. */
interface Finding {
  readonly score: number
  readonly box: Box
  readonly eyes: readonly [Point, Point]
}

/**
 * BlazeFace for faces at arm's length and farther (Bazarevsky et al. 2019, arXiv:1907.05047; models/face): the square is
 * scaled to 256 x 256 and x / 127.5 - 1; score = sigmoid(raw); centre and eyes = anchor + raw / 256. Faces much
 * smaller than a twelfth of the square need a smaller square.
 */
export async function createFaceDetector(file: string, options: FaceDetectorOptions = {}): Promise<FaceDetector> {
  const { minimumScore = 0.5 } = options
  const model: ModelSession = await openModel(
    file,
    OUTPUTS.flatMap(({ scores, boxes }) => [scores, boxes]),
  )
  const anchors = detectorAnchors()
  return {
    async detect(image, within = wholePicture(image)) {
      const reduced = reducedTo(image, within, DETECTOR_SIZE)
      const input = sampleSquare(reduced.image, reduced.square, DETECTOR_SIZE).map((value) => value / 127.5 - 1)
      const outputs = await model.run(input, [1, DETECTOR_SIZE, DETECTOR_SIZE, 3])
      const found: Finding[] = []
      let anchor = 0
      for (const [grid, names] of OUTPUTS.entries()) {
        const { cells, anchors: each } = GRIDS[grid]!
        const [scores, boxes] = [outputs[names.scores]!, outputs[names.boxes]!]
        for (let k = 0; k < cells * cells * each; k += 1, anchor += 1) {
          const score = 1 / (1 + Math.exp(-scores[k]!))
          if (score < minimumScore) continue
          found.push(
            decode(boxes.subarray(k * VALUES, (k + 1) * VALUES), anchors[2 * anchor]!, anchors[2 * anchor + 1]!, score),
          )
        }
      }
      return overlappingGroups(found, SAME_FACE).map((group) => inPicture(blend(group), within))
    },
    dispose: () => model.dispose(),
  }
}

function decode(values: Float32Array, anchorX: number, anchorY: number, score: number): Finding {
  const at = (k: number): number => values[k]! / DETECTOR_SIZE
  const [width, height] = [at(2), at(3)]
  const box = { x: anchorX + at(0) - width / 2, y: anchorY + at(1) - height / 2, width, height }
  const eye = (k: number): Point => ({ x: anchorX + at(4 + 2 * k), y: anchorY + at(5 + 2 * k) })
  return { score, box, eyes: [eye(0), eye(1)] }
}

/** The mean of a group weighted by score, under the best score. */
function blend(group: readonly Finding[]): Finding {
  const total = group.reduce((sum, { score }) => sum + score, 0)
  const mean = (value: (finding: Finding) => number): number =>
    group.reduce((sum, finding) => sum + finding.score * value(finding), 0) / total
  const eye = (k: 0 | 1): Point => ({ x: mean(({ eyes }) => eyes[k].x), y: mean(({ eyes }) => eyes[k].y) })
  return {
    score: group[0]!.score,
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    eyes: [eye(0), eye(1)],
  }
}

function inPicture({ score, box, eyes }: Finding, square: Square): DetectedFace {
  const corner = fromSquare(square, box.x, box.y)
  return {
    score,
    box: { ...corner, width: box.width * square.side, height: box.height * square.side },
    leftEye: fromSquare(square, eyes[0].x, eyes[0].y),
    rightEye: fromSquare(square, eyes[1].x, eyes[1].y),
  }
}
