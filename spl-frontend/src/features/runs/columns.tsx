import { Link } from '@tanstack/react-router';
import type { Schemas } from '@/api/types';
import type { Column } from '@/components/DataTable';
import { Took, When } from '@/components/When';
import { RunStateBadge } from '@/words/runStates';

export type Run = Schemas['RunSummary'];

/** What a run calls, as people write it: `alice/risk/report::step`. */
export function target(run: Pick<Run, 'owner' | 'library' | 'object' | 'function'>): string {
  return `${run.owner}/${run.library}/${run.object}${run.function ? `::${run.function}` : ''}`;
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

export const RUN_COLUMNS: Column<Run>[] = [
  {
    id: 'state',
    header: 'State',
    width: 128,
    grow: 0,
    cell: (run) => <RunStateBadge state={run.state} />,
    csv: (run) => run.state,
  },
  {
    id: 'object',
    header: 'Run',
    width: 200,
    grow: 3,
    cell: (run) => (
      <Link to="/runs/$runId" params={{ runId: run.id }} className="name" title={run.id}>
        {target(run)}
      </Link>
    ),
    csv: (run) => target(run),
  },
  { id: 'version', header: 'Version', width: 70, grow: 0, cell: (run) => run.version, csv: (run) => run.version },
  {
    id: 'machine',
    header: 'Machine',
    width: 140,
    cell: (run) => (
      <span className="name" title={run.waiting?.text ?? undefined}>
        {run.machine?.name ?? run.waiting?.text ?? '–'}
      </span>
    ),
    csv: (run) => run.machine?.name ?? run.target_machine,
  },
  {
    id: 'caller',
    header: 'Caller',
    width: 100,
    cell: (run) => <span className="name">{run.caller}</span>,
    csv: (run) => run.caller,
  },
  {
    id: 'created',
    header: 'Created',
    sort: 'created',
    width: 110,
    grow: 0,
    cell: (run) => <When at={run.created_at} />,
    csv: (run) => iso(run.created_at),
  },
  {
    id: 'ended',
    header: 'Ended',
    sort: 'finished',
    width: 110,
    grow: 0,
    cell: (run) => (run.finished_at === null ? '–' : <When at={run.finished_at} />),
    csv: (run) => iso(run.finished_at),
  },
  {
    id: 'took',
    header: 'Took',
    sort: 'duration',
    width: 100,
    grow: 0,
    cell: (run) => <Took from={run.started_at} to={run.finished_at} />,
    csv: (run) => (run.started_at !== null && run.finished_at !== null ? run.finished_at - run.started_at : null),
  },
];
