import { Button, Code, Group, Switch } from '@mantine/core';
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
import { StatusBadge } from '@/words/StatusBadge';
import { TOKEN_KINDS } from '@/words/tokenKinds';
import type { Tone } from '@/words/tones';
import { tokensSearch } from './search';

type Token = Schemas['TokenView'];

const STATUS: Record<Token['status'], { word: string; tone: Tone }> = {
  live: { word: 'Live', tone: 'good' },
  expired: { word: 'Expired', tone: 'quiet' },
  revoked: { word: 'Revoked', tone: 'bad' },
  used: { word: 'Used up', tone: 'quiet' },
};

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
  const [revoking, setRevoking] = useState<Token | null>(null);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/tokens', {
    params: { query: { limit: 200, ...(search.kind ? { kind: search.kind as 'user' } : {}) } },
  });
  const revoke = $api.useMutation('delete', '/tokens/{id}', {
    onSuccess: () => setRevoking(null),
    onSettled: () => void refetch(),
  });
  const rows = (data?.items ?? []).filter((token) => search.ended || token.status === 'live');
  const set = (change: object) =>
    void navigate({ to: '/tokens', search: tokensSearch({ ...search, ...change }) as never, replace: true });
  const columns: Column<Token>[] = [
    { id: 'name', header: 'Name', width: 120, grow: 2, cell: (one) => <span className="name">{one.name}</span> },
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
    { id: 'ends', header: 'Ends', width: 95, grow: 0, cell: (one) => <When at={one.expires_at} /> },
    {
      id: 'act',
      header: 'Actions',
      width: 90,
      grow: 0,
      cell: (one) =>
        one.status === 'live' && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`Revoke ${one.name}`}
            onClick={() => setRevoking(one)}
          >
            Revoke
          </Button>
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
          loading={isPending}
          empty={<Empty title="No credentials" text="A token lets a program do what you choose, and no more." />}
        />
      )}
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
