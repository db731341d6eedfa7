import { type Row, softmax } from './streaming-weights.ts'

/** Which utterance, counted from 0, and whose, counted as speakers come. */
export interface Turn {
  readonly utterance: number
  readonly speaker: number
}

/** The learned bias of an attention, see multiHeadAttention: added to the logits of head h, [H] each. */
export interface LogitBias {
  /** For a key of the query's own speaker. */
  readonly speaker: Row
  /** For every utterance that lies between key and query: taken away. */
  readonly slope: Row
}

/** What one attention layer remembers of the utterances before: their keys and values, the newest `capacity` utterances'. */
export interface KeyValueCache {
  /** Remembers the key and the value [d] of an utterance, later than all before. */
  append(turn: Turn, key: Row, value: Row): void
  /** Takes back what was appended for an utterance, if it is the newest; the cache is then as if it had never been there. */
  forget(utterance: number): void
  /**
   * Multi-head attention of the query [d] of utterance i over the keys of utterances i - capacity < j <= i, as
   * multiHeadAttention without its linear layers: softmax(q·k / sqrt(d/H) + bias) v, heads side by side. Zero without
   * a key.
   */
  attend(query: Row, turn: Turn, bias?: LogitBias): Row
}

/**
 * A ring of `capacity` rows. An utterance without a key takes no row, so the ring may hold utterances that are out of
 * reach; they are passed over. Memory: 2·capacity·d numbers, all taken at the start.
 */
export function createKeyValueCache(width: number, heads: number, capacity: number): KeyValueCache {
  const keys = new Float32Array(capacity * width)
  const values = new Float32Array(capacity * width)
  const utterances = new Int32Array(capacity).fill(-1)
  const speakers = new Int32Array(capacity)
  const size = width / heads
  const scale = Math.sqrt(heads / width)
  let next = 0

  const rowsInReach = (now: number): number[] => {
    const rows: number[] = []
    for (let row = 0; row < capacity; row++) {
      const utterance = utterances[row]!
      if (utterance >= 0 && utterance > now - capacity) rows.push(row)
    }
    return rows
  }

  return {
    append({ utterance, speaker }, key, value) {
      keys.set(key, next * width)
      values.set(value, next * width)
      utterances[next] = utterance
      speakers[next] = speaker
      next = (next + 1) % capacity
    },
    forget(utterance) {
      const newest = (next + capacity - 1) % capacity
      if (utterances[newest] !== utterance) return
      // What the row held before is not missed: it was out of reach of this utterance, and is of all that follow.
      utterances[newest] = -1
      next = newest
    },
    attend(query, { utterance, speaker }, bias) {
      const context = new Float32Array(width)
      const rows = rowsInReach(utterance)
      if (rows.length === 0) return context
      const shares = new Float32Array(rows.length)
      for (let head = 0; head < heads; head++) {
        const start = head * size
        for (let r = 0; r < rows.length; r++) {
          const row = rows[r]!
          shares[r] = scale * dot(query, start, keys, row * width + start, size)
          if (bias === undefined) continue
          if (speakers[row] === speaker) shares[r]! += bias.speaker[head]!
          shares[r]! -= bias.slope[head]! * (utterance - utterances[row]!)
        }
        addWeighted(softmax(shares), values, rows, width, start, size, context)
      }
      return context
    },
  }
}

/** Σ_i x[a+i] y[b+i] over `count` numbers, four sums side by side: they do not wait for each other. */
function dot(x: Row, a: number, y: Row, b: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let i = 0
  for (; i + 4 <= count; i += 4) {
    s0 += x[a + i]! * y[b + i]!
    s1 += x[a + i + 1]! * y[b + i + 1]!
    s2 += x[a + i + 2]! * y[b + i + 2]!
    s3 += x[a + i + 3]! * y[b + i + 3]!
  }
  for (; i < count; i++) s0 += x[a + i]! * y[b + i]!
  return s0 + s1 + (s2 + s3)
}

/** Adds Σ_r shares[r]·values[rows[r]] to `out`, columns start … start + count; four rows at once, to write `out` once. */
function addWeighted(
  shares: Row,
  values: Row,
  rows: readonly number[],
  width: number,
  start: number,
  count: number,
  out: Row,
): void {
  let r = 0
  for (; r + 4 <= rows.length; r += 4) {
    const [a, b, c, d] = [rows[r]! * width, rows[r + 1]! * width, rows[r + 2]! * width, rows[r + 3]! * width]
    const [s, t, u, v] = [shares[r]!, shares[r + 1]!, shares[r + 2]!, shares[r + 3]!]
    for (let i = start; i < start + count; i++) {
      out[i] = out[i]! + s * values[a + i]! + t * values[b + i]! + (u * values[c + i]! + v * values[d + i]!)
    }
  }
  for (; r < rows.length; r++) {
    const row = rows[r]! * width
    for (let i = start; i < start + count; i++) out[i]! += shares[r]! * values[row + i]!
  }
}
