import '@xyflow/react/dist/style.css';
import './dag.css';
import dagre from '@dagrejs/dagre';
import { Box, useMantineColorScheme } from '@mantine/core';
import { Background, Controls, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { useMemo } from 'react';

export interface DagNode {
  id: string;
  title: string;
  subtitle?: string;
  tone?: string;
}

export interface DagEdge {
  source: string;
  target: string;
}

interface DagProps {
  nodes: readonly DagNode[];
  edges: readonly DagEdge[];
  label: string;
  onNode?: (id: string) => void;
}

const WIDTH = 210;
const HEIGHT = 64;

type Card = Node<{ title: string; subtitle: string; tone: string }, 'card'>;

/** What feeds what, from left to right. */
export default function Dag({ nodes, edges, label, onNode }: DagProps) {
  const { colorScheme } = useMantineColorScheme();
  const placed = useMemo(() => place(nodes, edges), [nodes, edges]);
  const lines = useMemo(
    () =>
      unique(edges).map((edge) => ({ id: `${edge.source}>${edge.target}`, source: edge.source, target: edge.target })),
    [edges],
  );
  return (
    <Box className="dag" role="region" aria-label={label}>
      <ReactFlow
        nodes={placed}
        edges={lines}
        nodeTypes={TYPES}
        fitView
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
        onNodeClick={(_, node) => onNode?.(node.id)}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </Box>
  );
}

function NodeCard({ data }: NodeProps<Card>) {
  return (
    <div className="dag-node" data-tone={data.tone}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <strong className="name">{data.title}</strong>
      <span className="name">{data.subtitle}</span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

const TYPES = { card: NodeCard };

function place(nodes: readonly DagNode[], edges: readonly DagEdge[]): Card[] {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 64 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { width: WIDTH, height: HEIGHT });
  for (const edge of unique(edges)) graph.setEdge(edge.source, edge.target);
  dagre.layout(graph);
  return nodes.map((node) => {
    const at = graph.node(node.id);
    return {
      id: node.id,
      type: 'card',
      position: { x: at.x - WIDTH / 2, y: at.y - HEIGHT / 2 },
      sourcePosition: Position.Right,
      targetPosition: Position.Left,
      ariaLabel: `${node.title} ${node.subtitle ?? ''}`,
      data: { title: node.title, subtitle: node.subtitle ?? '', tone: node.tone ?? 'quiet' },
    };
  });
}

function unique(edges: readonly DagEdge[]): DagEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.source}>${edge.target}`, edge])).values()];
}
