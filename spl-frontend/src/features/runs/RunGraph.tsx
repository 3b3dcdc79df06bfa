import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import Dag from '@/components/Dag';
import { Loading } from '@/components/Empty';
import { Problem } from '@/components/Problem';
import { nodeRuns, nodeTones } from './nodes';

/** The pipeline that a run went through, with how far each node is. */
export default function RunGraph({ detail }: { detail: Schemas['RunDetail'] }) {
  const { run } = detail;
  const navigate = useNavigate();
  const path = { owner: run.owner, library: run.library, name: run.object };
  const { data, error } = $api.useQuery('get', '/owners/{owner}/libraries/{library}/objects/{name}/graph', {
    params: { path, query: { version: String(run.version) } },
  });
  const tones = useMemo(() => nodeTones(detail), [detail]);
  const runs = useMemo(() => nodeRuns(detail), [detail]);
  const nodes = useMemo(
    () =>
      (data?.nodes ?? []).map((node) => ({
        id: node.id,
        title: node.id,
        subtitle: node.runs_on.text,
        tone: tones.get(node.id) ?? (run.state === 'succeeded' ? 'good' : 'quiet'),
      })),
    [data, tones, run.state],
  );
  const edges = useMemo(
    () => (data?.links ?? []).map((link) => ({ source: link.source.node, target: link.target.node })),
    [data],
  );
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  const open = (id: string) => {
    const elsewhere = runs.get(id);
    if (elsewhere) return void navigate({ to: '/runs/$runId', params: { runId: elsewhere } });
    const node = data.nodes.find((one) => one.id === id);
    if (node?.function)
      void navigate({
        to: '/libraries/$owner/$library/$name',
        params: path,
        search: { tab: 'overview', function: node.function } as never,
      });
  };
  return <Dag nodes={nodes} edges={edges} label={`Graph of ${run.object}`} onNode={open} />;
}
