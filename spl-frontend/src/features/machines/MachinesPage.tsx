import { Button, Checkbox, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { $api, api } from '@/api/client';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { type Column, DataTable, type Sort } from '@/components/DataTable';
import { Empty, Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { useOverview } from '@/features/session/useMe';
import { download } from '@/lib/download';
import { usePauseLive } from '@/live/useLive';
import { MACHINE_STATUS } from '@/words/machineStatus';
import { machineColumns, machinesCsv } from './columns';
import { arranged, byOwner, type Machine } from './list';
import { RowMenu } from './RowMenu';
import { machinesSearch, sortOf } from './search';

const AddMachine = lazy(() => import('./AddMachine').then((found) => ({ default: found.AddMachine })));

interface Order {
  what: 'drain' | 'undrain' | 'remove';
  machines: readonly Machine[];
}

/** Every machine that one may use. */
export default function MachinesPage() {
  const search = machinesSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const sort = sortOf(search.sort);
  const navigate = useNavigate();
  const client = useQueryClient();
  const overview = useOverview();
  const [selection, setSelection] = useState(new Set<string>());
  // The list has the first machine as soon as its code is made; the way it comes in stays until one leaves.
  const [begun, setBegun] = useState(false);
  const [removing, setRemoving] = useState(false);
  usePauseLive(selection.size > 0);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  const rows = arranged(data?.items ?? [], search, sort);
  const chosen = rows.filter((one) => selection.has(one.id) && one.can.includes('admin'));
  const act = useMutation({
    mutationFn: async ({ what, machines }: Order) => {
      for (const one of machines) {
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
  const owners = [...new Set((data?.items ?? []).map((one) => one.owner))].sort();
  const menu: Column<Machine> = {
    id: 'menu',
    header: 'Menu',
    width: 60,
    grow: 0,
    cell: (one) =>
      one.can.includes('admin') && (
        <RowMenu
          machine={one}
          onDrain={() => act.mutate({ what: one.draining ? 'undrain' : 'drain', machines: [one] })}
          onRemove={() => {
            setSelection(new Set([one.id]));
            setRemoving(true);
          }}
        />
      ),
  };
  const [first, ...others] = machineColumns(overview.data?.server_version);
  // Beside the name, where it is in sight however narrow the window is.
  const columns = first ? [first, menu, ...others] : [];
  const table = (label: string, shown: readonly Machine[], empty?: ReactNode) => (
    <DataTable
      label={label}
      columns={columns}
      rows={shown}
      rowKey={(one) => one.id}
      rowLabel={(one) => one.name}
      sort={sort}
      onSort={(next: Sort) => set({ sort: `${next.desc ? '-' : ''}${next.id}` })}
      selection={selection}
      onSelection={setSelection}
      loading={isPending}
      empty={empty}
    />
  );
  return (
    <Page
      title="Machines"
      below={overview.data ? `Server version ${overview.data.server_version}` : undefined}
      actions={
        <>
          <Button variant="default" onClick={() => download('machines.csv', machinesCsv(rows), 'text/csv')}>
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
          label="Owner"
          value={search.owner ?? ''}
          onChange={(event) => set({ owner: event.currentTarget.value })}
          data={[{ value: '', label: 'Any' }, ...owners]}
        />
        <NativeSelect
          label="Label"
          value={search.label ?? ''}
          onChange={(event) => set({ label: event.currentTarget.value })}
          data={[{ value: '', label: 'Any' }, ...labels]}
        />
        <Checkbox
          label="Group by owner"
          pb={8}
          checked={search.group ?? false}
          onChange={(event) => set({ group: event.currentTarget.checked })}
        />
      </Group>
      <Group mb="xs" mih={34}>
        {selection.size > 0 && (
          <>
            <Button
              size="xs"
              variant="default"
              loading={act.isPending}
              onClick={() => act.mutate({ what: 'drain', machines: chosen })}
            >
              Drain {chosen.length}
            </Button>
            <Button
              size="xs"
              variant="default"
              loading={act.isPending}
              onClick={() => act.mutate({ what: 'undrain', machines: chosen })}
            >
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
      {!error &&
        (search.group && rows.length > 0
          ? byOwner(rows).map(([owner, own]) => (
              <Section key={owner} title={owner}>
                {table(`Machines of ${owner}`, own)}
              </Section>
            ))
          : table(
              'Machines',
              rows,
              (data?.items.length ?? 0) > 0 ? <Empty title="No machine fits these filters" /> : <span />,
            ))}
      {(begun || data?.items.length === 0) && (
        <Section title={begun ? 'The first machine' : 'No machines yet'}>
          {!begun && (
            <Text mb="md">
              A machine runs what is called here. Any computer with Python 3.13 can be one; give the first a name:
            </Text>
          )}
          <Suspense fallback={<Loading rows={3} />}>
            <AddMachine onBegun={() => setBegun(true)} />
          </Suspense>
        </Section>
      )}
      <ConfirmTyped
        opened={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => act.mutate({ what: 'remove', machines: chosen })}
        title={chosen.length === 1 ? `Remove ${chosen[0]?.name}?` : `Remove ${chosen.length} machines?`}
        word={chosen.length > 1 ? 'remove' : (chosen[0]?.name ?? 'remove')}
        action="Remove"
        busy={act.isPending}
      >
        Their credentials die at once. What they hold is given to others, or lost if it has begun.
      </ConfirmTyped>
    </Page>
  );
}
