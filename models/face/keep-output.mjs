/**
 * Cuts an ONNX model down to what one of its outputs needs:
 *
 *   node keep-output.mjs IN.onnx OUTPUT_NAME OUT.onnx
 *
 * faceres.onnx came with an age and a sex output beside the descriptor. Emograph neither computes nor ships these: the
 * nodes and weights that only they need are taken out of the file; all that remains is byte for byte as it was.
 */
import { readFileSync, writeFileSync } from 'node:fs'

// Field numbers of onnx.proto3: ModelProto.graph; GraphProto.node, initializer, output, value_info; names inside.
const MODEL_GRAPH = 7
const GRAPH = { node: 1, initializer: 5, output: 12, valueInfo: 13 }
const NODE = { input: 1, output: 2 }
const TENSOR_NAME = 8
const VALUE_NAME = 1

/** The fields of a protobuf message: number, the bytes of the whole field, and its payload where it has a length. */
function* fields(bytes) {
  const varint = (at) => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return [Number(value), at]
    }
  }
  for (let at = 0; at < bytes.length; ) {
    const start = at
    const [key, afterKey] = varint(at)
    let payload
    if ((key & 7) === 0) at = varint(afterKey)[1]
    else if ((key & 7) === 1) at = afterKey + 8
    else if ((key & 7) === 5) at = afterKey + 4
    else {
      const [length, from] = varint(afterKey)
      at = from + length
      payload = bytes.subarray(from, at)
    }
    yield { number: key >> 3, whole: bytes.subarray(start, at), payload }
  }
}

const names = (message, number) => [...fields(message)].filter((f) => f.number === number).map((f) => f.payload.toString())

function tagged(number, payload) {
  const head = []
  for (const value of [(number << 3) | 2, payload.length]) {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128)
    head.push(rest)
  }
  return Buffer.concat([Buffer.from(head), payload])
}

function keepOutput(graph, output) {
  const parts = [...fields(graph)]
  const nodes = parts.filter((part) => part.number === GRAPH.node)
  const needed = new Set([output])
  // Nodes are in topological order: one pass from the end finds all that the output depends on.
  const kept = new Set()
  for (const node of nodes.reverse()) {
    if (!names(node.payload, NODE.output).some((name) => needed.has(name))) continue
    kept.add(node)
    for (const name of names(node.payload, NODE.input)) needed.add(name)
  }
  const keep = (part) => {
    if (part.number === GRAPH.node) return kept.has(part)
    if (part.number === GRAPH.initializer) return needed.has(names(part.payload, TENSOR_NAME)[0])
    if (part.number === GRAPH.output) return names(part.payload, VALUE_NAME)[0] === output
    if (part.number === GRAPH.valueInfo) return needed.has(names(part.payload, VALUE_NAME)[0])
    return true
  }
  return Buffer.concat(parts.filter(keep).map((part) => part.whole))
}

const [input, output, target] = process.argv.slice(2)
const model = [...fields(readFileSync(input))].map((part) =>
  part.number === MODEL_GRAPH ? tagged(MODEL_GRAPH, keepOutput(part.payload, output)) : part.whole,
)
writeFileSync(target, Buffer.concat(model))
