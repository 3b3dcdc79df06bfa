import { Button, Group, NativeSelect, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { Empty, Loading } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { RunTable } from '@/features/runs/RunTable';
import { POLICY_WORDS } from './LibrariesPage';
import { librariesSearch } from './search';

type Item = Schemas['ObjectView'];
type Library = Schemas['LibraryView'];

const COLUMNS: Column<Item>[] = [
  {
    id: 'name',
    header: 'Object',
    width: 180,
    grow: 2,
    cell: (one) => (
      <Link
        to="/libraries/$owner/$library/$name"
        params={{ owner: one.owner, library: one.library, name: one.name }}
        className="name"
      >
        {one.name}
      </Link>
    ),
  },
  { id: 'kind', header: 'Kind', width: 80, grow: 0, cell: (one) => one.kind },
  {
    id: 'doc',
    header: 'What it does',
    width: 200,
    grow: 3,
    cell: (one) => <span className="name">{one.doc.split('\n')[0]}</span>,
  },
  {
    id: 'inputs',
    header: 'Takes',
    width: 140,
    cell: (one) => <span className="name">{one.inputs.map((input) => input.name).join(', ') || 'nothing'}</span>,
  },
  { id: 'version', header: 'Version', width: 80, grow: 0, cell: (one) => one.version },
  { id: 'updated', header: 'Published', width: 110, grow: 0, cell: (one) => <When at={one.updated_at} /> },
];

/** One library: what is in it, who may run it, and where that runs. */
export default function LibraryPage() {
  const { owner = '', library = '' } = useParams({ strict: false });
  const search = librariesSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const router = useRouter();
  const place = { owner, library };
  const [typed, setTyped] = useState(search.q ?? '');
  const about = $api.useQuery('get', '/owners/{owner}/libraries/{library}', { params: { path: place } });
  const found = $api.useQuery('get', '/owners/{owner}/libraries/{library}/objects', {
    params: { path: place, query: { limit: 200, ...(search.q ? { q: search.q } : {}) } },
  });
  const crumbs = [{ label: 'Libraries', href: router.buildLocation({ to: '/libraries' }).href }];
  const title = `${owner}/${library}`;
  if (about.error)
    return (
      <Page title={title} crumbs={crumbs}>
        <Problem error={about.error} onRetry={() => void about.refetch()} />
      </Page>
    );
  const go = (change: object) =>
    void navigate({
      to: '/libraries/$owner/$library',
      params: place,
      search: librariesSearch({ ...search, ...change }) as never,
      replace: true,
    });
  const may = about.data?.can.includes('admin') ?? false;
  return (
    <Page title={title} crumbs={crumbs} below={about.data?.description}>
      <Tabs value={search.tab ?? 'objects'} onChange={(tab) => go({ tab: tab ?? 'objects' })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="objects">Objects</Tabs.Tab>
          <Tabs.Tab value="runs">Runs</Tabs.Tab>
          <Tabs.Tab value="references">Shown from elsewhere</Tabs.Tab>
          <Tabs.Tab value="policy">Where and by whom</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="objects">
          <TextInput
            label="Search"
            type="search"
            data-search
            maw={280}
            mb="md"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onBlur={() => go({ q: typed })}
            onKeyDown={(event) => event.key === 'Enter' && go({ q: typed })}
          />
          {found.error ? (
            <Problem error={found.error} />
          ) : (
            <DataTable
              label="Objects"
              columns={COLUMNS}
              rows={found.data?.items ?? []}
              rowKey={(one) => one.id}
              loading={found.isPending}
              empty={
                <Empty
                  title={search.q ? 'Nothing has this in its name' : 'Nothing is published here yet'}
                  text="From a notebook on a machine whose daemon is connected:"
                  command={`client.publish(function, name="demo_add", library=${JSON.stringify(library)})`}
                />
              }
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <RunTable filter={place} label={`Runs of ${title}`} />
        </Tabs.Panel>
        <Tabs.Panel value="references">
          <References owner={owner} library={library} />
        </Tabs.Panel>
        <Tabs.Panel value="policy">
          {about.data ? <PolicyForm key={about.data.updated_at} found={about.data} may={may} /> : <Loading />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function References({ owner, library }: { owner: string; library: string }) {
  const { data, error } = $api.useQuery('get', '/owners/{owner}/libraries/{library}/references', {
    params: { path: { owner, library } },
  });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  if (data.items.length === 0)
    return (
      <Empty
        title="It shows nothing of others"
        text="A reference shows another library's object under a name of this one."
      />
    );
  return (
    <Stack gap="xs">
      {data.items.map((one) => (
        <Text key={one.name} className="name">
          {one.name} is{' '}
          {one.target ? (
            <Link
              to="/libraries/$owner/$library/$name"
              params={{ owner: one.target.owner, library: one.target.library, name: one.target.object }}
            >
              {one.target.owner}/{one.target.library}/{one.target.object}
            </Link>
          ) : (
            'something that you may not see, or that is gone'
          )}
        </Text>
      ))}
    </Stack>
  );
}

function PolicyForm({ found, may }: { found: Library; may: boolean }) {
  const [policy, setPolicy] = useState(found.execution_policy);
  const [visibility, setVisibility] = useState(found.visibility);
  const [machine, setMachine] = useState(found.default_machine_id ?? '');
  const machines = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  const change = $api.useMutation('patch', '/owners/{owner}/libraries/{library}');
  const known = machines.data?.items ?? [];
  const choices = known.map((one) => ({ value: one.id, label: one.display_name || one.name }));
  if (machine && !known.some((one) => one.id === machine)) choices.push({ value: machine, label: machine });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({
          params: { path: { owner: found.owner, library: found.name } },
          body: { execution_policy: policy, visibility, default_machine_id: machine || null },
        });
      }}
    >
      <Stack maw={480}>
        <NativeSelect
          label="Seen by"
          disabled={!may}
          value={visibility}
          onChange={(event) => setVisibility(event.currentTarget.value as Library['visibility'])}
          data={[
            { value: 'private', label: 'Whoever was granted it' },
            { value: 'public', label: 'Everybody signed in' },
          ]}
        />
        <NativeSelect
          label="Run by"
          disabled={!may}
          value={policy}
          onChange={(event) => setPolicy(event.currentTarget.value as Library['execution_policy'])}
          data={Object.entries(POLICY_WORDS).map(([value, label]) => ({ value, label }))}
        />
        <NativeSelect
          label="Machine"
          description="Where its objects run, if a call names none."
          disabled={!may}
          value={machine}
          onChange={(event) => setMachine(event.currentTarget.value)}
          data={[{ value: '', label: 'Any that fits' }, ...choices]}
        />
        {!may && <Text c="dimmed">Only its administrators change this; ask {found.owner}.</Text>}
        {change.error && <Problem error={change.error} />}
        <Group>
          {may && (
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          )}
          <Link to="/access" search={{ library: `${found.owner}/${found.name}` } as never}>
            Who was granted what
          </Link>
        </Group>
      </Stack>
    </form>
  );
}
