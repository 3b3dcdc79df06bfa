import { Badge, Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api, api } from '@/api/client';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { type Column, DataTable, type Sort } from '@/components/DataTable';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useOverview } from '@/features/session/useMe';
import { toCsv } from '@/lib/csv';
import { download } from '@/lib/download';
import { usePauseLive } from '@/live/useLive';
import { MACHINE_STATUS, MachineStatusBadge } from '@/words/machineStatus';
import { arranged, type Machine, snapshotOf } from './list';
import { machinesSearch, sortOf } from './search';

const COLUMNS: Column<Machine>[] = [
  {
    id: 'name',
    header: 'Machine',
    sort: 'name',
    width: 180,
    grow: 2,
    cell: (one) => (
      <Link to="/machines/$machineId" params={{ machineId: one.id }} className="name">
        {one.display_name || one.name}
      </Link>
    ),
    csv: (one) => one.name,
  },
  {
    id: 'owner',
    header: 'Owner',
    sort: 'owner',
    width: 100,
    cell: (one) => <span className="name">{one.owner}</span>,
    csv: (one) => one.owner,
  },
  {
    id: 'status',
    header: 'Status',
    sort: 'status',
    width: 130,
    grow: 0,
    cell: (one) => <MachineStatusBadge status={one.status} />,
    csv: (one) => one.status,
  },
  {
    id: 'running',
    header: 'Busy',
    sort: 'running',
    width: 80,
    grow: 0,
    cell: (one) => `${one.running} of ${one.capacity}`,
    csv: (one) => one.running,
  },
  {
    id: 'seen',
    header: 'Last seen',
    sort: 'seen',
    width: 110,
    grow: 0,
    cell: (one) => (one.online ? 'now' : one.last_seen_at ? <When at={one.last_seen_at} /> : 'never'),
    csv: (one) => (one.last_seen_at === null ? null : new Date(one.last_seen_at).toISOString()),
  },
  {
    id: 'version',
    header: 'Daemon',
    sort: 'version',
    width: 100,
    cell: (one) => one.daemon_version ?? '–',
    csv: (one) => one.daemon_version,
  },
  {
    id: 'python',
    header: 'Python',
    width: 90,
    cell: (one) => snapshotOf(one).python ?? '–',
    csv: (one) => snapshotOf(one).python ?? null,
  },
  {
    id: 'labels',
    header: 'Labels',
    width: 140,
    cell: (one) =>
      one.labels.map((label) => (
        <Badge key={label} variant="outline" color="gray" className="name">
          {label}
        </Badge>
      )),
    csv: (one) => one.labels.join(' '),
  },
];

/** Every machine that one may use. */
export default function MachinesPage() {
  const search = machinesSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const sort = sortOf(search.sort);
  const navigate = useNavigate();
  const client = useQueryClient();
  const overview = useOverview();
  const [selection, setSelection] = useState(new Set<string>());
  const [removing, setRemoving] = useState(false);
  usePauseLive(selection.size > 0);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  const rows = arranged(data?.items ?? [], search, sort);
  const chosen = rows.filter((one) => selection.has(one.id) && one.can.includes('admin'));
  const act = useMutation({
    mutationFn: async (what: 'drain' | 'undrain' | 'remove') => {
      for (const one of chosen) {
        const params = { path: { machine: one.id } };
        if (what === 'remove') await api.DELETE('/machines/{machine}', { params });
        else await api.PATCH('/machines/{machine}', { params, body: { draining: what === 'drain' } });
      }
    },
    onSettled: () => {
      setSelection(new Set());
      setRemoving(false);
      void client.invalidateQueries({ queryKey: ['get', '/machines'] });
    },
  });
  const set = (change: object) =>
    void navigate({ to: '/machines', search: machinesSearch({ ...search, ...change }) as never, replace: true });
  const labels = [...new Set((data?.items ?? []).flatMap((one) => one.labels))].sort();
  const exportCsv = () =>
    download(
      'machines.csv',
      toCsv(
        ['Id', ...COLUMNS.map((column) => column.header)],
        rows.map((row) => [row.id, ...COLUMNS.map((column) => column.csv?.(row) ?? null)]),
      ),
      'text/csv',
    );
  return (
    <Page
      title="Machines"
      below={overview.data ? `Server version ${overview.data.server_version}` : undefined}
      actions={
        <>
          <Button variant="default" onClick={exportCsv}>
            CSV
          </Button>
          <Button component={Link} to="/machines/new">
            Add a machine
          </Button>
        </>
      }
    >
      <Group mb="md" align="flex-end">
        <TextInput
          label="Search"
          type="search"
          data-search
          value={search.q ?? ''}
          onChange={(event) => set({ q: event.currentTarget.value })}
        />
        <NativeSelect
          label="Status"
          value={search.status ?? ''}
          onChange={(event) => set({ status: event.currentTarget.value })}
          data={[
            { value: '', label: 'Any' },
            ...(['online', 'offline', 'draining'] as const).map((value) => ({
              value,
              label: MACHINE_STATUS[value].word,
            })),
          ]}
        />
        <NativeSelect
          label="Label"
          value={search.label ?? ''}
          onChange={(event) => set({ label: event.currentTarget.value })}
          data={[{ value: '', label: 'Any' }, ...labels]}
        />
      </Group>
      <Group mb="xs" mih={34}>
        {selection.size > 0 && (
          <>
            <Button size="xs" variant="default" loading={act.isPending} onClick={() => act.mutate('drain')}>
              Drain {chosen.length}
            </Button>
            <Button size="xs" variant="default" loading={act.isPending} onClick={() => act.mutate('undrain')}>
              Let {chosen.length} work again
            </Button>
            <Button size="xs" color="red" variant="outline" onClick={() => setRemoving(true)}>
              Remove {chosen.length}
            </Button>
          </>
        )}
      </Group>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {act.error && <Problem error={act.error} />}
      {!error && (
        <DataTable
          label="Machines"
          columns={COLUMNS}
          rows={rows}
          rowKey={(one) => one.id}
          rowLabel={(one) => one.name}
          sort={sort}
          onSort={(next: Sort) => set({ sort: `${next.desc ? '-' : ''}${next.id}` })}
          selection={selection}
          onSelection={setSelection}
          loading={isPending}
          empty={
            (data?.items.length ?? 0) > 0 ? (
              <Empty title="No machine fits these filters" />
            ) : (
              <Empty
                title="No machines yet"
                text="A machine runs what is called here. Any computer with Python 3.13 can be one."
                action={
                  <Button component={Link} to="/machines/new">
                    Add a machine
                  </Button>
                }
              />
            )
          }
        />
      )}
      <ConfirmTyped
        opened={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => act.mutate('remove')}
        title={`Remove ${chosen.length} machines?`}
        word={chosen.length > 1 ? 'remove' : (chosen[0]?.name ?? 'remove')}
        action="Remove"
        busy={act.isPending}
      >
        Their credentials die at once. What they hold is given to others, or lost if it has begun.
      </ConfirmTyped>
    </Page>
  );
}
