import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { $api, api } from '@/api/client';
import { type Column, DataTable } from '@/components/DataTable';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { toCsv } from '@/lib/csv';
import { download } from '@/lib/download';
import { count } from '@/lib/format';
import { now } from '@/lib/time';
import { useHints, useLive, usePauseLive } from '@/live/useLive';
import { hasEnded, type RunState } from '@/words/runStates';
import { ColumnChoice, useColumns } from './ColumnChoice';
import { RUN_COLUMNS, type Run } from './columns';
import { asQuery, type RunsSearch, runsSearch, sortOf, type Window } from './search';
import { useRuns } from './useRuns';
import { Views } from './Views';

const TABS: { label: string; state: string | undefined }[] = [
  { label: 'All', state: undefined },
  { label: 'Queued', state: 'queued' },
  { label: 'Running', state: 'claimed,running,unknown,cancelling' },
  { label: 'Succeeded', state: 'succeeded' },
  { label: 'Failed', state: 'failed,timed_out,lost,expired' },
  { label: 'Cancelled', state: 'cancelled' },
];
const FILTERS = ['owner', 'library', 'object', 'machine', 'caller'] as const;
const WINDOW_WORDS: { value: Window | ''; label: string }[] = [
  { value: '', label: 'Any time' },
  { value: '1h', label: 'Last hour' },
  { value: '6h', label: 'Last 6 hours' },
  { value: '1d', label: 'Last day' },
  { value: '7d', label: 'Last 7 days' },
];
// A file for a spreadsheet, not a copy of the database.
const CSV_ROWS = 10_000;

/** All runs that one may see, narrowed down on the server. */
export default function RunsPage() {
  const search = runsSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { pending } = useLive();
  const { columns, hidden, toggle } = useColumns();
  const [selection, setSelection] = useState(new Set<string>());
  const [fresh, setFresh] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a window begins anew when another one is chosen
  const opened = useMemo(() => now(), [search.window]);
  const query = asQuery(search, opened);
  const runs = useRuns(query);
  const counts = $api.useQuery('get', '/remote-runs/counts', { params: { query: narrowed(query) } });
  const bulk = $api.useMutation('post', '/remote-runs/bulk');
  const known = useRef(new Set<string>());
  known.current = new Set(runs.rows.map((run) => run.id));
  usePauseLive(selection.size > 0);

  const reload = () => {
    setFresh(0);
    void client.resetQueries({ queryKey: ['get', '/remote-runs', { params: { query } }] });
  };
  useHints('run', (hints) => {
    const shown = hints.filter((hint) => known.current.has(hint.id)).map((hint) => hint.id);
    setFresh((before) => before + hints.length - shown.length);
    // What is on the screen is put right where it stands; nothing jumps.
    if (shown.length > 0) void patch(client, query, shown);
  });

  const set = (change: Partial<RunsSearch>) => {
    setSelection(new Set());
    setFresh(0);
    void navigate({ to: '/runs', search: clean({ ...search, ...change }), replace: true });
  };
  const act = (action: 'cancel' | 'retry') =>
    bulk.mutate(
      { body: { action, ids: [...selection] } },
      {
        onSuccess: ({ items }) => {
          const refused = items.filter((item) => !item.ok);
          notifications.show({
            color: refused.length > 0 ? 'orange' : 'green',
            message: `${items.length - refused.length} of ${items.length} runs: ${action === 'cancel' ? 'told to stop' : 'run again'}.${
              refused.length > 0 ? ` ${refused.length} could not be (${refused[0]?.code ?? 'unknown'}).` : ''
            }`,
          });
          setSelection(new Set());
          reload();
        },
      },
    );
  const chosen = runs.rows.filter((run) => selection.has(run.id));

  return (
    <Page
      title="Runs"
      actions={
        <>
          <ColumnChoice hidden={hidden} onToggle={toggle} />
          <Views search={search} onChoose={(view) => void navigate({ to: '/runs', search: view })} />
          <Button variant="default" size="xs" onClick={() => void exportCsv(query)}>
            CSV
          </Button>
        </>
      }
    >
      <Group role="group" aria-label="State" gap={4} mb="sm">
        {TABS.map((tab) => (
          <Button
            key={tab.label}
            size="xs"
            variant={search.state === tab.state ? 'filled' : 'default'}
            aria-pressed={search.state === tab.state}
            onClick={() => set({ state: tab.state })}
          >
            {tab.label} {counts.data ? count(total(counts.data, tab.state)) : ''}
          </Button>
        ))}
      </Group>
      <Group mb="sm" gap="xs" align="flex-end">
        <TextBox label="Search" value={search.q ?? ''} onDone={(q) => set({ q })} placeholder="Id or name" isSearch />
        <Select
          label="Created"
          size="xs"
          w={140}
          data={WINDOW_WORDS}
          value={search.window ?? ''}
          onChange={(value) => set({ window: (value || undefined) as Window | undefined })}
          allowDeselect={false}
        />
        {FILTERS.map((name) => (
          <TextBox
            key={name}
            label={name[0]?.toUpperCase() + name.slice(1)}
            value={search[name] ?? ''}
            onDone={(value) => set({ [name]: value })}
          />
        ))}
        {Object.keys(search).length > 0 && (
          <Button variant="subtle" size="xs" onClick={() => void navigate({ to: '/runs', search: {} })}>
            Clear filters
          </Button>
        )}
      </Group>
      <Group mb="xs" mih={32} gap="xs">
        {selection.size > 0 ? (
          <>
            <Text size="sm">{selection.size} selected</Text>
            <Button size="xs" color="red" variant="outline" loading={bulk.isPending} onClick={() => act('cancel')}>
              Cancel {chosen.filter((run) => !hasEnded(run.state)).length} runs
            </Button>
            <Button size="xs" variant="default" loading={bulk.isPending} onClick={() => act('retry')}>
              Run {chosen.filter((run) => hasEnded(run.state)).length} again
            </Button>
            {pending > 0 && (
              <Text size="sm" c="dimmed">
                {pending} changes wait until nothing is selected
              </Text>
            )}
          </>
        ) : (
          fresh > 0 && (
            <Button size="xs" variant="light" onClick={reload}>
              {fresh} new or changed
            </Button>
          )
        )}
        {runs.isFetching && !runs.isPending && (
          <Text size="sm" c="dimmed" role="status">
            Loading…
          </Text>
        )}
      </Group>
      {runs.error && <Problem error={runs.error} onRetry={() => void runs.refetch()} />}
      {bulk.error && <Problem error={bulk.error} />}
      {!runs.error && (
        <DataTable
          label="Runs"
          columns={columns}
          rows={runs.rows}
          rowKey={(run) => run.id}
          rowLabel={(run) => run.id}
          selection={selection}
          onSelection={setSelection}
          sort={sortOf(search)}
          onSort={({ id, desc }) => set({ sort: runsSearch({ sort: `${desc ? '-' : ''}${id}` }).sort })}
          loading={runs.isPending}
          onEnd={() => runs.hasNextPage && !runs.isFetchingNextPage && void runs.fetchNextPage()}
          empty={
            Object.keys(search).length > 0 ? (
              <Empty title="No run fits these filters" text="Widen the time or clear a filter." />
            ) : (
              <Empty title="No runs yet" text="Call something from its page, or from Python:" command={EXAMPLE} />
            )
          }
        />
      )}
    </Page>
  );
}

const EXAMPLE = 'client.call("demo_add", owner="alice", library="default", kwargs={"a": 1})';

/** Asks for the changed rows in one request and puts them in the place of the old ones. */
async function patch(client: ReturnType<typeof useQueryClient>, query: object, ids: string[]) {
  const found = await Promise.all(
    ids
      .slice(0, 20)
      .map((run_id) => api.GET('/remote-runs/{run_id}', { params: { path: { run_id } } }).then((one) => one.data)),
  ).catch(() => []);
  const byId = new Map(found.flatMap((run) => (run ? [[run.id, run as Run] as const] : [])));
  client.setQueryData<{ pages: { items: Run[]; next: string | null }[]; pageParams: unknown[] }>(
    ['get', '/remote-runs', { params: { query } }],
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.map((run) => byId.get(run.id) ?? run) })),
      },
  );
}

async function exportCsv(query: object) {
  const rows: Run[] = [];
  let cursor: string | null = '';
  while (cursor !== null && rows.length < CSV_ROWS) {
    const wanted: Record<string, string | number> = { ...query, limit: 200, ...(cursor ? { cursor } : {}) };
    const { data } = await api.GET('/remote-runs', { params: { query: wanted } });
    if (!data) break;
    rows.push(...data.items);
    cursor = data.next;
  }
  const columns = RUN_COLUMNS.filter(
    (column): column is Column<Run> & Required<Pick<Column<Run>, 'csv'>> => !!column.csv,
  );
  const header = ['Id', ...columns.map((column) => column.header)];
  download(
    'runs.csv',
    toCsv(
      header,
      rows.map((run) => [run.id, ...columns.map((column) => column.csv(run))]),
    ),
    'text/csv',
  );
}

function narrowed(query: ReturnType<typeof asQuery>) {
  const { object, library, since } = query;
  return { ...(object ? { object } : {}), ...(library ? { library } : {}), ...(since ? { since } : {}) };
}

function total(counts: { counts: Record<string, number>; total: number }, state: string | undefined): number {
  if (state === undefined) return counts.total;
  return state.split(',').reduce((sum, one) => sum + (counts.counts[one as RunState] ?? 0), 0);
}

function clean(search: RunsSearch): RunsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''));
}

interface TextBoxProps {
  label: string;
  value: string;
  onDone: (value: string | undefined) => void;
  placeholder?: string;
  isSearch?: boolean;
}

/** A filter that is applied when it has been typed, not at each key. */
function TextBox({ label, value, onDone, placeholder, isSearch = false }: TextBoxProps) {
  const [typed, setTyped] = useState(value);
  const [before, setBefore] = useState(value);
  if (before !== value) {
    setBefore(value);
    setTyped(value);
  }
  const done = () => typed !== value && onDone(typed.trim() || undefined);
  return (
    <TextInput
      label={label}
      size="xs"
      w={isSearch ? 200 : 110}
      value={typed}
      placeholder={placeholder}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === 'Enter' && done()}
      {...(isSearch ? { 'data-search': true, type: 'search' } : {})}
    />
  );
}
