import { Button, Group, TextInput } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { Dialog } from '@/components/Dialog';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useMe } from '@/features/session/useMe';
import { librariesSearch } from './search';

type Library = Schemas['LibraryView'];

export const POLICY_WORDS: Record<Schemas['ExecutionPolicy'], string> = {
  grants: 'Whoever was granted it',
  public: 'Everybody signed in',
  off: 'Nobody',
};

const COLUMNS: Column<Library>[] = [
  {
    id: 'name',
    header: 'Library',
    width: 200,
    grow: 2,
    cell: (one) => (
      <Link to="/libraries/$owner/$library" params={{ owner: one.owner, library: one.name }} className="name">
        {one.owner}/{one.name}
      </Link>
    ),
  },
  {
    id: 'about',
    header: 'About',
    width: 160,
    grow: 2,
    cell: (one) => <span className="name">{one.description || one.display_name}</span>,
  },
  { id: 'seen', header: 'Seen by', width: 110, cell: (one) => (one.visibility === 'public' ? 'Everybody' : 'Grants') },
  { id: 'run', header: 'Run by', width: 150, cell: (one) => POLICY_WORDS[one.execution_policy] },
  {
    id: 'machine',
    header: 'Machine',
    width: 120,
    cell: (one) => <span className="name">{one.default_machine_id ?? 'any'}</span>,
  },
  { id: 'changed', header: 'Changed', width: 110, grow: 0, cell: (one) => <When at={one.updated_at} /> },
];

/** The libraries that one may see. */
export default function LibrariesPage() {
  const search = librariesSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const me = useMe();
  const [typed, setTyped] = useState(search.q ?? '');
  const [making, setMaking] = useState(false);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/libraries', {
    params: {
      query: {
        limit: 200,
        ...(search.q ? { q: search.q } : {}),
        ...(search.whose === 'mine' ? { owner: me.name } : {}),
      },
    },
  });
  const rows = (data?.items ?? []).filter((one) => search.whose !== 'shared' || one.owner !== me.name);
  const set = (change: object) =>
    void navigate({ to: '/libraries', search: librariesSearch({ ...search, ...change }) as never, replace: true });
  return (
    <Page
      title="Libraries"
      actions={me.has('library:admin') && <Button onClick={() => setMaking(true)}>New library</Button>}
    >
      <Group mb="md" align="flex-end">
        <TextInput
          label="Search"
          type="search"
          data-search
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => set({ q: typed })}
          onKeyDown={(event) => event.key === 'Enter' && set({ q: typed })}
        />
        <Group gap={4} role="group" aria-label="Whose">
          {[
            ['All', undefined],
            ['Mine', 'mine'],
            ['Shared with me', 'shared'],
          ].map(([label, whose]) => (
            <Button
              key={label}
              size="xs"
              variant={search.whose === whose ? 'filled' : 'default'}
              aria-pressed={search.whose === whose}
              onClick={() => set({ whose })}
            >
              {label}
            </Button>
          ))}
        </Group>
      </Group>
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : (
        <DataTable
          label="Libraries"
          columns={COLUMNS}
          rows={rows}
          rowKey={(one) => one.id}
          loading={isPending}
          empty={
            <Empty
              title="No libraries"
              text="What you publish goes into your library “default”, which is made by the first publish."
              command={'client.publish(function, name="demo_add")'}
            />
          }
        />
      )}
      <NewLibrary opened={making} onClose={() => setMaking(false)} owner={me.name} />
    </Page>
  );
}

function NewLibrary({ opened, onClose, owner }: { opened: boolean; onClose: () => void; owner: string }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [about, setAbout] = useState('');
  const make = $api.useMutation('post', '/libraries', {
    onSuccess: (made) => void navigate({ to: '/libraries/$owner/$library', params: { owner, library: made.name } }),
  });
  return (
    <Dialog opened={opened} onClose={onClose} title="New library">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ body: { name, description: about } });
        }}
      >
        <TextInput
          label="Name"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          mb="sm"
          data-autofocus
        />
        <TextInput
          label="What it is for"
          value={about}
          onChange={(event) => setAbout(event.currentTarget.value)}
          mb="md"
        />
        {make.error && <Problem error={make.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make the library
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
