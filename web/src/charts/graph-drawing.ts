import { DirectedGraph } from 'graphology'
import Sigma from 'sigma'
import { emotionHue, emotionName } from '../look/emotions.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'
import { type GraphNode, HEIGHT, layOutGraph } from './graph-layout.ts'

/** The conversation graph on a WebGL canvas. */
export interface GraphDrawing {
  /** The neighbourhood of `current`. */
  draw(utterances: readonly ShownUtterance[], current: string): void
  clear(): void
}

export interface GraphColours {
  readonly dark: boolean
  readonly ink: string
  readonly ground: string
  readonly faint: string
}

interface NodeLook extends Record<string, unknown> {
  x: number
  y: number
  size: number
  color: string
  label: string | null
  forceLabel: boolean
  utteranceId: string
}

interface EdgeLook extends Record<string, unknown> {
  size: number
  color: string
  zIndex: number
}

const NODE = { current: 11, source: 7, other: 5 } as const
/** Line width of an edge that carries everything, in pixels; and of one that carries hardly anything. */
const WIDEST = 9
const THINNEST = 0.75
/** Around the graph, for the labels of its outermost nodes. */
const PADDING = 36

/** @throws when the browser has no WebGL */
export function createGraphDrawing(
  container: HTMLElement,
  colours: () => GraphColours,
  select: (id: string) => void,
): GraphDrawing {
  const graph = new DirectedGraph<NodeLook, EdgeLook>()
  const sigma = new Sigma<NodeLook, EdgeLook>(graph, container, {
    // The page scrolls over it; there is nothing to zoom into.
    enableCameraZooming: false,
    enableCameraPanning: false,
    enableCameraRotation: false,
    labelFont: 'Inter Variable, system-ui, sans-serif',
    labelSize: 12,
    labelRenderedSizeThreshold: 100,
    defaultDrawNodeLabel: (context, node, { labelFont, labelSize }) => {
      if (node.label) drawLabel(context, { ...node, label: node.label }, `600 ${labelSize}px ${labelFont}`, colours())
    },
    zIndex: true,
    stagePadding: PADDING,
    // The container may not have its size yet; sigma draws once it has.
    allowInvalidContainer: true,
  })
  sigma.on('clickNode', ({ node }) => select(graph.getNodeAttribute(node, 'utteranceId')))
  sigma.on('enterNode', () => container.classList.add('pointing'))
  sigma.on('leaveNode', () => container.classList.remove('pointing'))

  return {
    draw(utterances, current) {
      const { dark, faint } = colours()
      const { width, height } = sigma.getDimensions()
      const aspect = Math.max(1, width - 2 * PADDING) / Math.max(1, height - 2 * PADDING)
      const stretch = (aspect * (HEIGHT.top - HEIGHT.bottom)) / 2
      const { nodes, edges } = layOutGraph(utterances, current, stretch)
      const feeding = new Map(edges.flatMap(({ source, share, current: now }) => (now ? [[source, share]] : [])))
      const strongest = Math.max(...feeding.values())
      graph.clear()
      for (const node of nodes) graph.addNode(node.key, nodeLook(node, current, feeding, strongest, dark))
      for (const edge of edges) {
        const color = edge.current ? emotionOf(nodes, edge.source, dark) : faint
        const size = edge.current ? THINNEST + (WIDEST - THINNEST) * edge.share : THINNEST
        if (!graph.hasEdge(edge.source, edge.target))
          graph.addEdge(edge.source, edge.target, { size, color, zIndex: edge.current ? 1 : 0 })
      }
      // The arcs stand still while utterances come and go.
      sigma.setCustomBBox({ x: [-stretch, stretch], y: [HEIGHT.bottom, HEIGHT.top] })
      sigma.refresh()
    },
    clear: () => graph.clear(),
  }
}

function nodeLook(
  { key, utterance, modality, x, y }: GraphNode,
  current: string,
  feeding: ReadonlyMap<string, number>,
  strongest: number,
  dark: boolean,
): NodeLook {
  const isCurrent = utterance.id === current
  const share = feeding.get(key)
  const isStrongest = share !== undefined && share === strongest
  const size = isCurrent ? NODE.current : share === undefined ? NODE.other : NODE.source
  const name = emotionName(utterance.label!)
  // An utterance has a node for each modality; its name stands at the outermost.
  const named = (isCurrent && modality === utterance.modalities[0]) || isStrongest
  return {
    x,
    y,
    size,
    color: emotionHue(utterance.label!)[dark ? 'dark' : 'light'],
    label: named ? name : null,
    forceLabel: named,
    utteranceId: utterance.id,
  }
}

/** Above its node, with a border in the ground's colour where it crosses lines. */
function drawLabel(
  context: CanvasRenderingContext2D,
  { x, y, size, label }: { x: number; y: number; size: number; label: string },
  font: string,
  { ink, ground }: GraphColours,
): void {
  context.font = font
  context.textAlign = 'center'
  context.lineWidth = 4
  context.lineJoin = 'round'
  context.strokeStyle = ground
  context.fillStyle = ink
  context.strokeText(label, x, y - size - 5)
  context.fillText(label, x, y - size - 5)
}

function emotionOf(nodes: readonly GraphNode[], key: string, dark: boolean): string {
  const label = nodes.find((node) => node.key === key)!.utterance.label!
  return emotionHue(label)[dark ? 'dark' : 'light']
}
