/**
 * Packing for the matrix product (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").
 *
 * A block of A is rewritten as strips of 4 rows, a block of B as strips of 8 columns, both ordered by k, so that the
 * micro-kernel reads both in one forward pass. Because the element at (i, k) is found through two byte strides, a
 * transposed operand costs nothing but another loop here.
 */

export const STRIP_ROWS: i32 = 4
export const STRIP_COLUMNS: i32 = 8

/** A[rows, depth] with byte strides -> strips of [depth, 4]; rows beyond the last are zero. */
export function packRows(rows: i32, depth: i32, a: usize, rowStride: usize, depthStride: usize, out: usize): void {
  for (let i = 0; i < rows; i += STRIP_ROWS) {
    const strip = a + <usize>i * rowStride
    if (rows - i < STRIP_ROWS) packRowsEdge(rows - i, depth, strip, rowStride, depthStride, out)
    else if (depthStride == 4) packRowsContiguous(depth, strip, rowStride, out)
    else if (rowStride == 4) packRowsTransposed(depth, strip, depthStride, out)
    else packRowsEdge(STRIP_ROWS, depth, strip, rowStride, depthStride, out)
    out += <usize>depth * (STRIP_ROWS * 4)
  }
}

/** Neighbours in k are neighbours in memory: 4x4 blocks are transposed in registers. */
function packRowsContiguous(depth: i32, a: usize, rowStride: usize, out: usize): void {
  const end = (<usize>depth & ~3) * 4
  for (let k: usize = 0; k < end; k += 16) {
    transposeBlock(a + k, rowStride, out, 16)
    out += 64
  }
  packRowsEdge(STRIP_ROWS, depth & 3, a + end, rowStride, 4, out)
}

/** Four floats of each of four rows -> the four rows of the transpose, `outStride` bytes apart. */
@inline
function transposeBlock(at: usize, stride: usize, out: usize, outStride: usize): void {
  const r0 = v128.load(at)
  const r1 = v128.load(at + stride)
  const r2 = v128.load(at + stride * 2)
  const r3 = v128.load(at + stride * 3)
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5)
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5)
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5))
  v128.store(out + outStride, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7))
  v128.store(out + outStride * 2, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5))
  v128.store(out + outStride * 3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7))
}

/** Neighbours in i are neighbours in memory (a transposed operand): four floats are copied for each k. */
function packRowsTransposed(depth: i32, a: usize, depthStride: usize, out: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(out, v128.load(a))
    a += depthStride
    out += 16
  }
}

function packRowsEdge(rows: i32, depth: i32, a: usize, rowStride: usize, depthStride: usize, out: usize): void {
  for (let k = 0; k < depth; k++) {
    let at = a
    for (let i = 0; i < STRIP_ROWS; i++) {
      let value: f32 = 0
      if (i < rows) value = load<f32>(at)
      store<f32>(out + (<usize>i << 2), value)
      at += rowStride
    }
    a += depthStride
    out += 16
  }
}

/** B[depth, columns] with byte strides -> strips of [depth, 8]; columns beyond the last are zero. */
export function packColumns(
  depth: i32, columns: i32, b: usize, depthStride: usize, columnStride: usize, out: usize,
): void {
  for (let j = 0; j < columns; j += STRIP_COLUMNS) {
    const strip = b + <usize>j * columnStride
    if (columns - j < STRIP_COLUMNS) packColumnsEdge(depth, columns - j, strip, depthStride, columnStride, out)
    else if (columnStride == 4) packColumnsContiguous(depth, strip, depthStride, out)
    else if (depthStride == 4) packColumnsTransposed(depth, strip, columnStride, out)
    else packColumnsEdge(depth, STRIP_COLUMNS, strip, depthStride, columnStride, out)
    out += <usize>depth * (STRIP_COLUMNS * 4)
  }
}

function packColumnsContiguous(depth: i32, b: usize, depthStride: usize, out: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(out, v128.load(b))
    v128.store(out, v128.load(b, 16), 16)
    b += depthStride
    out += 32
  }
}

/** Neighbours in k are neighbours in memory (a transposed operand): 4x4 blocks are transposed in registers. */
function packColumnsTransposed(depth: i32, b: usize, columnStride: usize, out: usize): void {
  const end = (<usize>depth & ~3) * 4
  const right = b + columnStride * 4
  let to = out
  for (let k: usize = 0; k < end; k += 16) {
    transposeBlock(b + k, columnStride, to, 32)
    transposeBlock(right + k, columnStride, to + 16, 32)
    to += 128
  }
  packColumnsEdge(depth & 3, STRIP_COLUMNS, b + end, 4, columnStride, to)
}

function packColumnsEdge(
  depth: i32, columns: i32, b: usize, depthStride: usize, columnStride: usize, out: usize,
): void {
  for (let k = 0; k < depth; k++) {
    let at = b
    for (let j = 0; j < STRIP_COLUMNS; j++) {
      let value: f32 = 0
      if (j < columns) value = load<f32>(at)
      store<f32>(out + (<usize>j << 2), value)
      at += columnStride
    }
    b += depthStride
    out += 32
  }
}
