import { Button, Code, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { $api, api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { Empty } from '@/components/Empty';
import { JsonTree } from '@/components/JsonTree';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useMe } from '@/features/session/useMe';
import { toCsv } from '@/lib/csv';
import { download } from '@/lib/download';
import { now } from '@/lib/time';
import { type AuditQuery, type AuditSearch, type AuditWindow, asQuery, auditSearch } from './search';

type Line = Schemas['AuditLine'];

// A file for a spreadsheet; the whole audit is in the server's backup.
const EXPORTED = 10_000;

/** Who did what, when, and with which credential. */
export default function AuditPage() {
  const search = auditSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const me = useMe();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a window begins anew when another one is chosen
  const opened = useMemo(() => now(), [search.window]);
  const { window, line } = search;
  const query = asQuery(search, opened);
  const found = useInfiniteQuery({
    queryKey: ['get', '/audit', { params: { query } }],
    queryFn: async ({ pageParam, signal }) => {
      const wanted = { ...query, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) };
      const { data } = await api.GET('/audit', { params: { query: wanted }, signal });
      if (!data) throw new Error('The audit had no answer.');
      return data;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = rows.find((one) => one.seq === line);
  const verify = $api.useQuery('get', '/audit/verify', {}, { enabled: false, meta: { live: false } });
  const set = (change: Partial<AuditSearch>) =>
    void navigate({ to: '/audit', search: auditSearch({ ...search, ...change }) as never, replace: true });
  const columns: Column<Line>[] = [
    { id: 'at', header: 'When', width: 110, grow: 0, cell: (one) => <When at={one.at} /> },
    {
      id: 'actor',
      header: 'Who',
      width: 110,
      cell: (one) => <span className="name">{one.actor_user || one.actor_kind}</span>,
    },
    { id: 'action', header: 'Did', width: 140, cell: (one) => one.action },
    {
      id: 'target',
      header: 'To',
      width: 200,
      grow: 2,
      cell: (one) => (
        <span className="name" title={one.target}>
          {one.target}
        </span>
      ),
    },
    { id: 'token', header: 'With', width: 140, cell: (one) => <Code>{one.actor_token || one.actor_kind}</Code> },
    {
      id: 'more',
      header: 'More',
      width: 80,
      grow: 0,
      cell: (one) => (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`Open line ${one.seq}`}
          onClick={() => set({ line: one.seq })}
        >
          Open
        </Button>
      ),
    },
  ];
  const save = async (kind: 'csv' | 'json') => {
    const all: Line[] = [];
    let cursor: string | null = '';
    while (cursor !== null && all.length < EXPORTED) {
      const wanted: AuditQuery & { limit: number; cursor?: string } = {
        ...query,
        limit: 200,
        ...(cursor ? { cursor } : {}),
      };
      const { data }: { data?: Schemas['AuditPage'] } = await api.GET('/audit', { params: { query: wanted } });
      if (!data) break;
      all.push(...data.items);
      cursor = data.next;
    }
    if (kind === 'json') download('audit.json', JSON.stringify(all, null, 2), 'application/json');
    else
      download(
        'audit.csv',
        toCsv(
          ['Number', 'At', 'User', 'Kind', 'Token', 'Action', 'Target', 'Detail'],
          all.map((one) => [
            one.seq,
            new Date(one.at).toISOString(),
            one.actor_user,
            one.actor_kind,
            one.actor_token,
            one.action,
            one.target,
            JSON.stringify(one.detail),
          ]),
        ),
        'text/csv',
      );
  };
  return (
    <Page
      title="Audit"
      below={me.has('audit:read') ? "Everybody's" : 'Your own lines; everybody’s need the scope audit:read'}
      actions={
        <>
          <Button variant="default" size="xs" onClick={() => void save('csv')}>
            CSV
          </Button>
          <Button variant="default" size="xs" onClick={() => void save('json')}>
            JSON
          </Button>
          {me.has('audit:read') && (
            <Button variant="default" size="xs" loading={verify.isFetching} onClick={() => void verify.refetch()}>
              Check the chain
            </Button>
          )}
        </>
      }
    >
      {verify.data && (
        <Section title="The chain of lines">
          <JsonTree value={verify.data} label="What the check found" />
        </Section>
      )}
      {verify.error && <Problem error={verify.error} />}
      <Group mb="md" align="flex-end">
        <Filter label="Search" value={search.q} onDone={(q) => set({ q })} isSearch />
        <Filter label="Who" value={search.actor} onDone={(actor) => set({ actor })} />
        <Filter label="Action" value={search.action} onDone={(action) => set({ action })} />
        <Filter label="Target" value={search.target} onDone={(target) => set({ target })} />
        <NativeSelect
          label="When"
          size="xs"
          value={window ?? ''}
          onChange={(event) => set({ window: (event.currentTarget.value || undefined) as AuditWindow | undefined })}
          data={[
            { value: '', label: 'Any time' },
            { value: '1h', label: 'Last hour' },
            { value: '1d', label: 'Last day' },
            { value: '7d', label: 'Last 7 days' },
            { value: '30d', label: 'Last 30 days' },
          ]}
        />
      </Group>
      {chosen && (
        <Section
          title={`Line ${chosen.seq}`}
          actions={
            <Button size="compact-xs" variant="subtle" onClick={() => set({ line: undefined })}>
              Close
            </Button>
          }
        >
          <Stack gap="xs">
            <Text className="name">
              {chosen.actor_user} ({chosen.actor_kind} {chosen.actor_token}) did {chosen.action} to {chosen.target},{' '}
              <When at={chosen.at} exact />
            </Text>
            <JsonTree value={chosen.detail} label="Detail" />
          </Stack>
        </Section>
      )}
      {found.error ? (
        <Problem error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <DataTable
          label="Audit"
          columns={columns}
          rows={rows}
          rowKey={(one) => String(one.seq)}
          loading={found.isPending}
          onEnd={() => found.hasNextPage && !found.isFetchingNextPage && void found.fetchNextPage()}
          empty={<Empty title="No line fits" text="Widen the time or clear a filter." />}
        />
      )}
    </Page>
  );
}

interface FilterProps {
  label: string;
  value: string | undefined;
  onDone: (value: string | undefined) => void;
  isSearch?: boolean;
}

function Filter({ label, value, onDone, isSearch = false }: FilterProps) {
  const [typed, setTyped] = useState(value ?? '');
  const done = () => onDone(typed.trim() || undefined);
  return (
    <TextInput
      size="xs"
      label={label}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === 'Enter' && done()}
      {...(isSearch ? { type: 'search', 'data-search': true } : {})}
    />
  );
}
