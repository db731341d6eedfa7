/** The side of the detector's input in pixels. */
export const DETECTOR_SIZE = 256

/** The grids of the detector's two outputs: cells of 16 pixels with 2 anchors each, cells of 32 pixels with 6. */
export const GRIDS = [
  { cells: DETECTOR_SIZE / 16, anchors: 2 },
  { cells: DETECTOR_SIZE / 32, anchors: 6 },
] as const

/**
 * The 896 points to which BlazeFace's outputs are relative (Bazarevsky et al. 2019, arXiv:1907.05047): the centre of each
 * cell, row by row, once for each of its anchors; x and y in turn [1792], from 0 to 1. Anchors of a cell differ in
 * nothing but the weights that serve them: the paper's detector has one anchor size of 1 x 1.
 */
export function detectorAnchors(): Float32Array {
  const points: number[] = []
  for (const { cells, anchors } of GRIDS) {
    for (let cell = 0; cell < cells * cells; cell += 1) {
      for (let anchor = 0; anchor < anchors; anchor += 1) {
        points.push(((cell % cells) + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells)
      }
    }
  }
  return Float32Array.from(points)
}
