import { useQueryClient } from '@tanstack/react-query';
import { DataTable } from '@/components/DataTable';
import { Empty } from '@/components/Empty';
import { Problem } from '@/components/Problem';
import { useHints } from '@/live/useLive';
import { RUN_COLUMNS } from './columns';
import { useRuns } from './useRuns';

interface RunTableProps {
  filter: { object?: string; owner?: string; library?: string; machine?: string };
  label?: string;
}

/** The runs of one object or one machine, newest first. */
export function RunTable({ filter, label = 'Runs' }: RunTableProps) {
  const client = useQueryClient();
  const runs = useRuns(filter);
  useHints(
    'run',
    () => void client.invalidateQueries({ queryKey: ['get', '/remote-runs', { params: { query: filter } }] }),
  );
  if (runs.error) return <Problem error={runs.error} onRetry={() => void runs.refetch()} />;
  return (
    <DataTable
      label={label}
      columns={RUN_COLUMNS}
      rows={runs.rows}
      rowKey={(run) => run.id}
      loading={runs.isPending}
      onEnd={() => runs.hasNextPage && !runs.isFetchingNextPage && void runs.fetchNextPage()}
      empty={<Empty title="No runs yet" text="Runs that you may see are listed here as they are made." />}
    />
  );
}
