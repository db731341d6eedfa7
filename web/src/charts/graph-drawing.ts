import { DirectedGraph } from 'graphology'
import Sigma from 'sigma'
import { emotionHue, emotionName } from '../look/emotions.ts'
import type { GraphLayout, GraphNode } from './graph-layout.ts'

/** The conversation graph on a WebGL canvas. */
export interface GraphDrawing {
  draw(layout: GraphLayout, current: string | undefined): void
  dispose(): void
}

export interface GraphColours {
  readonly dark: boolean
  readonly ink: string
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
    zIndex: true,
    stagePadding: 34,
    // The container may not have its size yet; sigma draws once it has.
    allowInvalidContainer: true,
  })
  sigma.on('clickNode', ({ node }) => select(graph.getNodeAttribute(node, 'utteranceId')))
  sigma.on('enterNode', () => container.classList.add('pointing'))
  sigma.on('leaveNode', () => container.classList.remove('pointing'))

  return {
    draw({ nodes, edges }, current) {
      const { dark, ink, faint } = colours()
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
      sigma.setSetting('labelColor', { color: ink })
      // The arcs stand still while utterances come and go.
      sigma.setCustomBBox({ x: [-1.05, 1.05], y: [-0.5, 1.05] })
      sigma.refresh()
    },
    dispose: () => sigma.kill(),
  }
}

function nodeLook(
  { utterance, modality, x, y }: GraphNode,
  current: string | undefined,
  feeding: ReadonlyMap<string, number>,
  strongest: number,
  dark: boolean,
): NodeLook {
  const isCurrent = utterance.id === current
  const share = feeding.get(`${modality} ${utterance.id}`)
  const isStrongest = share !== undefined && share === strongest
  const size = isCurrent ? NODE.current : share === undefined ? NODE.other : NODE.source
  const name = emotionName(utterance.label!)
  return {
    x,
    y,
    size,
    color: emotionHue(utterance.label!)[dark ? 'dark' : 'light'],
    label: isCurrent || isStrongest ? name : null,
    forceLabel: isCurrent || isStrongest,
    utteranceId: utterance.id,
  }
}

function emotionOf(nodes: readonly GraphNode[], key: string, dark: boolean): string {
  const label = nodes.find((node) => node.key === key)!.utterance.label!
  return emotionHue(label)[dark ? 'dark' : 'light']
}
