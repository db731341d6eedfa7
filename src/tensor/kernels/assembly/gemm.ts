import { packColumns, packRows, STRIP_COLUMNS, STRIP_ROWS } from './gemm-pack'
import { multiplyAdd } from './simd'

/** How much of k is packed at once: a strip of B (8 KB) and a strip of A (4 KB) stay in the first-level cache. */
const BLOCK_DEPTH: i32 = 256
/** Rows of A packed at once: 72 KB, in the second-level cache beside B's. */
const BLOCK_ROWS: i32 = 72
/** Columns of B packed at once: 512 KB. */
const BLOCK_COLUMNS: i32 = 512

const PACKED_ROWS_BYTES: usize = <usize>BLOCK_ROWS * BLOCK_DEPTH * 4
const PACKED_COLUMNS_BYTES: usize = <usize>BLOCK_COLUMNS * BLOCK_DEPTH * 4
const TILE_BYTES: usize = <usize>STRIP_ROWS * STRIP_COLUMNS * 4

/** Bytes of scratch memory that {@link gemm} needs. */
export function gemmScratchBytes(): usize {
  return PACKED_ROWS_BYTES + PACKED_COLUMNS_BYTES + TILE_BYTES
}

/**
 * C[n] = A[n]·B[n] for `batches` pairs of matrices, A [m, k], B [k, n], C [m, n] contiguous. All strides are in bytes;
 * a batch stride of 0 uses one matrix for every pair.
 */
export function gemm(
  batches: i32, m: i32, n: i32, k: i32,
  a: usize, aBatch: usize, aRow: usize, aDepth: usize,
  b: usize, bBatch: usize, bDepth: usize, bColumn: usize,
  c: usize, scratch: usize,
): void {
  const cBatch = <usize>m * <usize>n * 4
  for (let batch = 0; batch < batches; batch++) {
    gemmOne(m, n, k, a, aRow, aDepth, b, bDepth, bColumn, c, scratch)
    a += aBatch
    b += bBatch
    c += cBatch
  }
}

function gemmOne(
  m: i32, n: i32, k: i32,
  a: usize, aRow: usize, aDepth: usize,
  b: usize, bDepth: usize, bColumn: usize,
  c: usize, scratch: usize,
): void {
  const cRow = <usize>n * 4
  const packedRows = scratch
  const packedColumns = scratch + PACKED_ROWS_BYTES
  const tile = packedColumns + PACKED_COLUMNS_BYTES
  for (let j = 0; j < n; j += BLOCK_COLUMNS) {
    const columns = min(BLOCK_COLUMNS, n - j)
    for (let p = 0; p < k; p += BLOCK_DEPTH) {
      const depth = min(BLOCK_DEPTH, k - p)
      packColumns(depth, columns, b + <usize>p * bDepth + <usize>j * bColumn, bDepth, bColumn, packedColumns)
      for (let i = 0; i < m; i += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, m - i)
        packRows(rows, depth, a + <usize>i * aRow + <usize>p * aDepth, aRow, aDepth, packedRows)
        const corner = c + <usize>i * cRow + (<usize>j << 2)
        multiplyBlock(rows, columns, depth, packedRows, packedColumns, corner, cRow, p > 0, tile)
      }
    }
  }
}

/** C[rows, columns] (+)= packed A · packed B, one 4x8 tile after another. */
function multiplyBlock(
  rows: i32, columns: i32, depth: i32, packedRows: usize, packedColumns: usize,
  c: usize, cRow: usize, accumulate: bool, tile: usize,
): void {
  const rowStrip = <usize>depth * (STRIP_ROWS * 4)
  const columnStrip = <usize>depth * (STRIP_COLUMNS * 4)
  for (let j = 0; j < columns; j += STRIP_COLUMNS) {
    let rowsAt = packedRows
    let to = c + (<usize>j << 2)
    for (let i = 0; i < rows; i += STRIP_ROWS) {
      if (rows - i >= STRIP_ROWS && columns - j >= STRIP_COLUMNS) {
        multiplyTile(depth, rowsAt, packedColumns, to, cRow, accumulate)
      } else {
        const tileRows = min(STRIP_ROWS, rows - i)
        const tileColumns = min(STRIP_COLUMNS, columns - j)
        if (accumulate) copyTile(tileRows, tileColumns, to, cRow, tile, STRIP_COLUMNS * 4)
        multiplyTile(depth, rowsAt, packedColumns, tile, STRIP_COLUMNS * 4, accumulate)
        copyTile(tileRows, tileColumns, tile, STRIP_COLUMNS * 4, to, cRow)
      }
      rowsAt += rowStrip
      to += cRow * STRIP_ROWS
    }
    packedColumns += columnStrip
  }
}

/** The used corner of a tile at the edge, to or from a tile of full size. */
function copyTile(rows: i32, columns: i32, from: usize, fromRow: usize, to: usize, toRow: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      store<f32>(to + (<usize>j << 2), load<f32>(from + (<usize>j << 2)))
    }
    from += fromRow
    to += toRow
  }
}

/**
 * The micro-kernel: a 4x8 tile of C in eight registers. V8 moves the six loads of a step before its products, so that a
 * larger tile (6x8 fills the sixteen registers of x86 by hand) makes it spill accumulators and is half as fast.
 *
 * Each number of C is summed over k in order, from 0, whatever its place in the tile and however many rows there are: a
 * row comes out the same, bit for bit, in a batch and alone, which causal labelling is checked by.
 */
function multiplyTile(depth: i32, a: usize, b: usize, c: usize, cRow: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0)
  let c01 = c00
  let c10 = c00
  let c11 = c00
  let c20 = c00
  let c21 = c00
  let c30 = c00
  let c31 = c00
  const to1 = c + cRow
  const to2 = to1 + cRow
  const to3 = to2 + cRow
  if (accumulate) {
    c00 = v128.load(c)
    c01 = v128.load(c, 16)
    c10 = v128.load(to1)
    c11 = v128.load(to1, 16)
    c20 = v128.load(to2)
    c21 = v128.load(to2, 16)
    c30 = v128.load(to3)
    c31 = v128.load(to3, 16)
  }
  for (const end = b + <usize>depth * (STRIP_COLUMNS * 4); b < end; b += STRIP_COLUMNS * 4) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const a0 = v128.load32_splat(a)
    const a1 = v128.load32_splat(a, 4)
    const a2 = v128.load32_splat(a, 8)
    const a3 = v128.load32_splat(a, 12)
    c00 = multiplyAdd(a0, b0, c00)
    c01 = multiplyAdd(a0, b1, c01)
    c10 = multiplyAdd(a1, b0, c10)
    c11 = multiplyAdd(a1, b1, c11)
    c20 = multiplyAdd(a2, b0, c20)
    c21 = multiplyAdd(a2, b1, c21)
    c30 = multiplyAdd(a3, b0, c30)
    c31 = multiplyAdd(a3, b1, c31)
    a += STRIP_ROWS * 4
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  v128.store(to1, c10)
  v128.store(to1, c11, 16)
  v128.store(to2, c20)
  v128.store(to2, c21, 16)
  v128.store(to3, c30)
  v128.store(to3, c31, 16)
}
