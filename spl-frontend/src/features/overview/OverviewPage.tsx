import { Box, Button, Group, SimpleGrid, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Schemas } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { Empty, Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Took, When } from '@/components/When';
import { useOverview } from '@/features/session/useMe';
import { MachineStatusBadge } from '@/words/machineStatus';
import { RunStateBadge } from '@/words/runStates';
import { TOKEN_KINDS } from '@/words/tokenKinds';

const Setup = lazy(() => import('./Setup').then((found) => ({ default: found.Setup })));

type Overview = Schemas['OverviewView'];
type Run = Schemas['RunSummary'];

/** What goes on, at a glance, from one request. */
export default function OverviewPage() {
  const { data } = useOverview();
  if (!data) return <Loading />;
  return (
    <Page title="Overview">
      <Tiles tiles={data.tiles} />
      {data.setup.some((step) => !step.done) && (
        <Suspense fallback={<Loading rows={4} />}>
          <Setup steps={data.setup} me={data.me.name} />
        </Suspense>
      )}
      <Section
        title="Recent runs"
        actions={
          <Button component={Link} to="/runs" variant="subtle" size="compact-sm">
            All runs
          </Button>
        }
      >
        <DataTable
          label="Recent runs"
          columns={RUN_COLUMNS}
          rows={data.recent_runs}
          rowKey={(run) => run.id}
          maxRows={10}
          empty={<Empty title="No runs yet" text="Runs that you may see are listed here as they are made." />}
        />
      </Section>
      <Section
        title="Machines"
        actions={
          <Button component={Link} to="/machines/new" variant="subtle" size="compact-sm">
            Add a machine
          </Button>
        }
      >
        <Machines machines={data.machines} />
      </Section>
      {data.expiring_tokens.length > 0 && (
        <Section title="Credentials that end soon">
          <ul>
            {data.expiring_tokens.map((token) => (
              <li key={token.id}>
                <Text span className="name">
                  {token.name || token.id}
                </Text>{' '}
                ({TOKEN_KINDS[token.kind]?.word ?? token.kind}) ends <When at={token.expires_at} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}

function Tiles({ tiles }: { tiles: Overview['tiles'] }) {
  const shown = [
    { label: 'Running', value: tiles.running, search: { state: 'claimed,running,unknown,cancelling' } },
    { label: 'Queued', value: tiles.queued, search: { state: 'queued' } },
    {
      label: 'Failed in 24 hours',
      value: tiles.failed_24h,
      search: { state: 'failed,timed_out,lost,expired', window: '1d' },
    },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm" mb="xl">
      {shown.map((tile) => (
        <Link key={tile.label} to="/runs" search={tile.search as never} className="tile">
          <Text size="sm" c="dimmed">
            {tile.label}
          </Text>
          <Box className="tile-number">{tile.value}</Box>
          {tile.label === 'Queued' && tiles.waiting_offline > 0 && (
            <Text size="xs" c="dimmed">
              {tiles.waiting_offline} for machines that are offline
            </Text>
          )}
        </Link>
      ))}
      <Link to="/machines" className="tile">
        <Text size="sm" c="dimmed">
          Machines connected
        </Text>
        <Box className="tile-number">
          {tiles.machines_online} of {tiles.machines}
        </Box>
      </Link>
    </SimpleGrid>
  );
}

const RUN_COLUMNS: Column<Run>[] = [
  { id: 'state', header: 'State', width: 120, grow: 0, cell: (run) => <RunStateBadge state={run.state} /> },
  {
    id: 'object',
    header: 'Run',
    width: 180,
    grow: 3,
    cell: (run) => (
      <Link to="/runs/$runId" params={{ runId: run.id }} className="name">
        {run.owner}/{run.library}/{run.object}
        {run.function ? `::${run.function}` : ''}
      </Link>
    ),
  },
  {
    id: 'machine',
    header: 'Machine',
    width: 120,
    cell: (run) => <span className="name">{run.machine?.name ?? run.waiting?.text ?? '–'}</span>,
  },
  { id: 'caller', header: 'Caller', width: 90, cell: (run) => <span className="name">{run.caller}</span> },
  { id: 'created', header: 'Created', width: 110, grow: 0, cell: (run) => <When at={run.created_at} /> },
  {
    id: 'took',
    header: 'Took',
    width: 90,
    grow: 0,
    cell: (run) => <Took from={run.started_at} to={run.finished_at} />,
  },
];

function Machines({ machines }: { machines: Overview['machines'] }) {
  if (machines.length === 0)
    return (
      <Empty
        title="No machines yet"
        text="A machine runs what is called here. Add one in a minute."
        action={
          <Button component={Link} to="/machines/new">
            Add a machine
          </Button>
        }
      />
    );
  return (
    <Box className="machine-strip">
      {machines.map((machine) => (
        <Link key={machine.id} to="/machines/$machineId" params={{ machineId: machine.id }} className="tile">
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text fw={600} truncate className="name">
              {machine.display_name || machine.name}
            </Text>
            <MachineStatusBadge status={machine.status} />
          </Group>
          <Text size="sm" c="dimmed">
            {machine.status === 'offline' ? (
              <>
                Last seen <When at={machine.last_seen_at} />
              </>
            ) : (
              `${machine.running} of ${machine.capacity} seats busy`
            )}
          </Text>
        </Link>
      ))}
    </Box>
  );
}
