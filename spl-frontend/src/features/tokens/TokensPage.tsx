import { Button, Code, Group, Switch, Text } from '@mantine/core';
import '@mantine/core/styles/Switch.css';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { type Column, DataTable } from '@/components/DataTable';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useNow } from '@/lib/time';
import { StatusBadge } from '@/words/StatusBadge';
import { TOKEN_KINDS } from '@/words/tokenKinds';
import type { Tone } from '@/words/tones';
import { Rotate } from './Rotate';
import { type TokenSort, tokensSearch } from './search';

type Token = Schemas['TokenView'];

const STATUS: Record<Token['status'], { word: string; tone: Tone }> = {
  live: { word: 'Live', tone: 'good' },
  expired: { word: 'Expired', tone: 'quiet' },
  revoked: { word: 'Revoked', tone: 'bad' },
  used: { word: 'Used up', tone: 'quiet' },
};

// A machine rotates its own token, and a code is used once.
const ROTATED = new Set(['user', 'subtoken', 'execution']);
// Two weeks: time enough to put a new one where this one is used.
const SOON_MS = 14 * 86_400_000;

function isEndingSoon(token: Token, now: number): boolean {
  return token.status === 'live' && token.expires_at - now < SOON_MS;
}

/** Tokens in an order; what was never used comes as if it had been used before everything else. */
export function sorted(tokens: readonly Token[], sort: TokenSort): Token[] {
  const back = sort.startsWith('-') ? -1 : 1;
  const values: Record<string, (token: Token) => string | number> = {
    name: (token) => token.name.toLowerCase(),
    used: (token) => token.last_used_at ?? 0,
    ends: (token) => token.expires_at,
    made: (token) => token.created_at,
  };
  const value = values[sort.replace(/^-/, '')] ?? ((token: Token) => token.created_at);
  return [...tokens].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    return one < other ? -back : one > other ? back : 0;
  });
}

/** What a credential is bound to, or which scopes it has. */
export function bound(token: Token): string {
  if (token.library)
    return token.object
      ? `${token.library}/${token.object}${token.function ? `::${token.function}` : ''}`
      : token.library;
  if (token.machine_id)
    return token.allowed_users.length > 0
      ? `${token.machine_id} for ${token.allowed_users.join(', ')}`
      : token.machine_id;
  return token.scopes.join(', ');
}

/** Every credential of one's own, and those bound to one's libraries. */
export default function TokensPage() {
  const search = tokensSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const now = useNow(60_000);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [rotating, setRotating] = useState<Token | null>(null);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/tokens', {
    params: { query: { limit: 200, ...(search.kind ? { kind: search.kind as 'user' } : {}) } },
  });
  const revoke = $api.useMutation('delete', '/tokens/{id}', {
    onSuccess: () => setRevoking(null),
    onSettled: () => void refetch(),
  });
  const rows = sorted(
    (data?.items ?? []).filter((token) => search.ended || token.status === 'live'),
    search.sort ?? '-made',
  );
  const set = (change: object) =>
    void navigate({ to: '/tokens', search: tokensSearch({ ...search, ...change }) as never, replace: true });
  const columns: Column<Token>[] = [
    {
      id: 'name',
      header: 'Name',
      sort: 'name',
      width: 120,
      grow: 2,
      cell: (one) => <span className="name">{one.name}</span>,
    },
    { id: 'kind', header: 'Kind', width: 120, cell: (one) => TOKEN_KINDS[one.kind]?.word ?? one.kind },
    { id: 'hint', header: 'Begins with', width: 110, grow: 0, cell: (one) => <Code>{one.hint}</Code> },
    {
      id: 'bound',
      header: 'For',
      width: 140,
      grow: 2,
      cell: (one) => (
        <span className="name" title={bound(one)}>
          {bound(one)}
        </span>
      ),
    },
    { id: 'status', header: 'Status', width: 80, grow: 0, cell: (one) => <StatusBadge {...STATUS[one.status]} /> },
    {
      id: 'used',
      header: 'Last used',
      sort: 'used',
      width: 150,
      cell: (one) =>
        one.last_used_at ? (
          <>
            <When at={one.last_used_at} /> {one.last_used_ip ?? ''}
          </>
        ) : (
          'never'
        ),
    },
    {
      id: 'made',
      header: 'Made',
      sort: 'made',
      width: 95,
      grow: 0,
      cell: (one) => (
        <span title={`by ${one.created_by === 'host' ? 'a command on the server' : one.created_by}`}>
          <When at={one.created_at} />
        </span>
      ),
    },
    {
      id: 'ends',
      header: 'Ends',
      sort: 'ends',
      width: 120,
      grow: 0,
      cell: (one) => (
        <span className={isEndingSoon(one, now) ? 'soon' : undefined}>
          <When at={one.expires_at} />
          {isEndingSoon(one, now) && ', soon'}
        </span>
      ),
    },
    {
      id: 'act',
      header: 'Actions',
      width: 140,
      grow: 0,
      cell: (one) =>
        one.status === 'live' && (
          <Group gap={4} wrap="nowrap">
            {ROTATED.has(one.kind) && (
              <Button
                size="compact-xs"
                variant="subtle"
                aria-label={`Rotate ${one.name}`}
                onClick={() => setRotating(one)}
              >
                Rotate
              </Button>
            )}
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={`Revoke ${one.name}`}
              onClick={() => setRevoking(one)}
            >
              Revoke
            </Button>
          </Group>
        ),
    },
  ];
  return (
    <Page
      title="Tokens"
      actions={
        <Button component={Link} to="/tokens/new">
          New token
        </Button>
      }
    >
      <Group mb="md" gap={4} role="group" aria-label="Kind">
        {[undefined, 'user', 'machine', 'subtoken', 'execution'].map((kind) => (
          <Button
            key={kind ?? 'all'}
            size="xs"
            variant={search.kind === kind ? 'filled' : 'default'}
            aria-pressed={search.kind === kind}
            onClick={() => set({ kind })}
          >
            {kind ? TOKEN_KINDS[kind]?.word : 'All'}
          </Button>
        ))}
        <Switch
          ml="md"
          label="Also ended ones"
          checked={search.ended ?? false}
          onChange={(event) => set({ ended: event.currentTarget.checked })}
        />
      </Group>
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : (
        <DataTable
          label="Tokens"
          columns={columns}
          rows={rows}
          rowKey={(one) => one.id}
          sort={{ id: (search.sort ?? '-made').replace(/^-/, ''), desc: (search.sort ?? '-made').startsWith('-') }}
          onSort={({ id, desc }) => set({ sort: `${desc ? '-' : ''}${id}` })}
          loading={isPending}
          empty={<Empty title="No credentials" text="A token lets a program do what you choose, and no more." />}
        />
      )}
      {data?.next && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {data.items.length} are shown; choose a kind to see others.
        </Text>
      )}
      <Rotate token={rotating} onClose={() => setRotating(null)} />
      <ConfirmTyped
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={() => revoking && revoke.mutate({ params: { path: { id: revoking.id } } })}
        title={`Revoke ${revoking?.name ?? ''}?`}
        word={revoking?.name ?? ''}
        action="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
      >
        The next request with it is refused. It can't be brought back.
      </ConfirmTyped>
    </Page>
  );
}
