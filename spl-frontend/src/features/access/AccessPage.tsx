import '@mantine/core/styles/Table.css';
import '@mantine/core/styles/Switch.css';
import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Stack,
  Switch,
  Table,
  Tabs,
  Text,
  TextInput,
} from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '@/api/client';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { Dialog } from '@/components/Dialog';
import { Empty, Loading } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useMe } from '@/features/session/useMe';
import { StatusBadge } from '@/words/StatusBadge';
import { Matrix } from './Matrix';
import { type AccessSearch, accessSearch } from './search';
import { Teams } from './Teams';
import { LIBRARY_PERMISSIONS, type Line, lines, PERMISSIONS, type Permission, preview } from './words';

/** Who may do what, and why. */
export default function AccessPage() {
  const search = accessSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const go = (change: AccessSearch) =>
    void navigate({ to: '/access', search: accessSearch({ ...search, ...change }) as never, replace: true });
  return (
    <Page title="Access">
      <Tabs value={search.tab ?? 'grants'} onChange={(tab) => go({ tab: tab ?? 'grants' })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="grants">Grants</Tabs.Tab>
          <Tabs.Tab value="teams">Teams</Tabs.Tab>
          <Tabs.Tab value="why">Why</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="grants">
          <Grants search={search} go={go} />
        </Tabs.Panel>
        <Tabs.Panel value="teams">
          <Teams />
        </Tabs.Panel>
        <Tabs.Panel value="why">
          <Why search={search} go={go} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Grants({ search, go }: { search: AccessSearch; go: (change: AccessSearch) => void }) {
  const [editing, setEditing] = useState<Partial<Line> | null>(null);
  const { data, error, isPending, refetch } = $api.useQuery('get', '/grants', {
    params: {
      query: {
        limit: 200,
        ...(search.library ? { library: search.library } : {}),
        ...(search.machine ? { machine: search.machine } : {}),
      },
    },
  });
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading />;
  const found = lines(data.items);
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">
          What you have given to others. You yourself may do everything with what is yours; a public library is seen by
          all.
        </Text>
        <Button
          onClick={() => setEditing({ what: search.library ?? search.machine ?? '', isMachine: !!search.machine })}
        >
          Grant something
        </Button>
      </Group>
      {found.length > 0 && (
        <Switch
          label="As a matrix"
          checked={search.view === 'matrix'}
          onChange={(event) => go({ view: event.currentTarget.checked ? 'matrix' : undefined })}
        />
      )}
      {found.length === 0 ? (
        <Empty title="Nothing is granted" text="Others see nothing of yours, but for what is public." />
      ) : search.view === 'matrix' ? (
        <Matrix found={found} onEdit={setEditing} />
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table aria-label="Grants" withTableBorder>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>May</Table.Th>
                <Table.Th>Until</Table.Th>
                <Table.Th>Given by</Table.Th>
                <Table.Th>Change</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.map((line) => (
                <Table.Tr key={line.key}>
                  <Table.Td className="name">
                    {line.who} {line.kind === 'team' && '(team)'}
                  </Table.Td>
                  <Table.Td className="name">
                    {line.what}
                    {line.object ? `/${line.object}` : ''}
                  </Table.Td>
                  <Table.Td>{line.permissions.join(', ')}</Table.Td>
                  <Table.Td>{line.expires === null ? 'taken back' : <When at={line.expires} />}</Table.Td>
                  <Table.Td className="name">{line.by}</Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={`Change what ${line.who} may do with ${line.what}`}
                      onClick={() => setEditing(line)}
                    >
                      Change
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Dialog
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing?.key ? 'Change a grant' : 'Grant something'}
      >
        {editing && <GrantForm line={editing} onDone={() => setEditing(null)} />}
      </Dialog>
    </Stack>
  );
}

const DAYS = ['', '1', '7', '30', '90', '365'];

function GrantForm({ line, onDone }: { line: Partial<Line>; onDone: () => void }) {
  const me = useMe();
  const [kind, setKind] = useState<'user' | 'team'>(line.kind ?? 'user');
  const [who, setWho] = useState(line.who ?? '');
  const [isMachine, setMachine] = useState(line.isMachine ?? false);
  const [what, setWhat] = useState(line.what ?? '');
  const [object, setObject] = useState(line.object ?? '');
  const [permissions, setPermissions] = useState<Permission[]>(line.permissions ?? []);
  const [days, setDays] = useState('');
  const [removing, setRemoving] = useState(false);
  const libraries = $api.useQuery('get', '/libraries', { params: { query: { limit: 200 } } });
  const machines = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  const put = $api.useMutation('put', '/grants', { onSuccess: onDone });
  const remove = $api.useMutation('delete', '/grants', { onSuccess: onDone });
  const isNew = line.key === undefined;
  const place = isMachine ? { machine: what } : { library: what, ...(object ? { object } : {}) };
  const choices = isMachine
    ? (machines.data?.items ?? [])
        .filter((one) => one.can.includes('admin'))
        .map((one) => ({ value: one.id, label: one.name }))
    : (libraries.data?.items ?? [])
        .filter((one) => one.owner === me.name || one.can.includes('admin'))
        .map((one) => ({ value: `${one.owner}/${one.name}`, label: `${one.owner}/${one.name}` }));
  if (what && !choices.some((one) => one.value === what)) choices.push({ value: what, label: what });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate({
          body: {
            ...place,
            [kind]: who.trim(),
            permissions,
            ...(days ? { expires_in_seconds: Number(days) * 86_400 } : {}),
          },
        });
      }}
    >
      <Stack>
        <Group grow align="flex-end">
          <NativeSelect
            label="To a"
            disabled={!isNew}
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value as 'user' | 'team')}
            data={['user', 'team']}
          />
          <TextInput
            label="Name"
            required
            disabled={!isNew}
            value={who}
            onChange={(event) => setWho(event.currentTarget.value)}
          />
        </Group>
        <NativeSelect
          label="On a"
          disabled={!isNew}
          value={isMachine ? 'machine' : 'library'}
          onChange={(event) => {
            setMachine(event.currentTarget.value === 'machine');
            setWhat('');
            setPermissions([]);
          }}
          data={['library', 'machine']}
        />
        <NativeSelect
          label={isMachine ? 'Machine' : 'Library'}
          required
          disabled={!isNew}
          value={what}
          onChange={(event) => setWhat(event.currentTarget.value)}
          data={[{ value: '', label: 'Choose one' }, ...choices]}
        />
        {!isMachine && (
          <TextInput
            label="Only this object"
            description="Left open, everything in the library."
            disabled={!isNew}
            value={object}
            onChange={(event) => setObject(event.currentTarget.value)}
          />
        )}
        <Checkbox.Group label="May" value={permissions} onChange={(chosen) => setPermissions(chosen as Permission[])}>
          <Stack gap={6} mt={6}>
            {(isMachine ? (['use'] as const) : LIBRARY_PERMISSIONS).map((one) => (
              <Checkbox key={one} value={one} label={`${one}: ${PERMISSIONS[one]}`} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NativeSelect
          label="Until"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={DAYS.map((value) => ({
            value,
            label: value === '' ? 'taken back' : value === '1' ? '1 day from now' : `${value} days from now`,
          }))}
        />
        <Alert variant="outline" color="gray" title="What saving would change">
          <span className="name">{preview(who, what, line.permissions ?? [], permissions)}</span>
        </Alert>
        {put.error && <Problem error={put.error} />}
        <Group justify="space-between">
          {!isNew ? (
            <Button color="red" variant="outline" onClick={() => setRemoving(true)}>
              Take all of it back
            </Button>
          ) : (
            <span />
          )}
          <Button type="submit" loading={put.isPending} disabled={!who || !what || permissions.length === 0}>
            Save
          </Button>
        </Group>
      </Stack>
      <ConfirmTyped
        opened={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate({ params: { query: { ...place, [kind]: who } } })}
        title={`Take everything back from ${who}?`}
        word={null}
        action="Take it back"
        busy={remove.isPending}
        error={remove.error}
      >
        {preview(who, what, line.permissions ?? [], [])}
      </ConfirmTyped>
    </form>
  );
}

function Why({ search, go }: { search: AccessSearch; go: (change: AccessSearch) => void }) {
  const me = useMe();
  const [draft, setDraft] = useState(search);
  const asked = search.library || search.machine;
  const { data, error, isFetching } = $api.useQuery(
    'get',
    '/access/explain',
    {
      params: {
        query: {
          ...(search.user ? { user: search.user } : {}),
          ...(search.library ? { library: search.library } : {}),
          ...(search.object ? { object: search.object } : {}),
          ...(search.machine ? { machine: search.machine } : {}),
        },
      },
    },
    { enabled: !!asked },
  );
  const field = (name: 'user' | 'library' | 'object' | 'machine', label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={draft[name] ?? ''}
      onChange={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go({ ...draft, tab: 'why' });
        }}
      >
        <Group align="flex-end">
          {field('user', 'User', me.name)}
          {field('library', 'Library', `${me.name}/risk`)}
          {field('object', 'Object', 'all of it')}
          {field('machine', 'Or a machine', 'its id or name')}
          <Button type="submit" loading={isFetching}>
            Explain
          </Button>
        </Group>
      </form>
      {!asked && <Text c="dimmed">Name a library or a machine, and whose access you ask about.</Text>}
      {error && <Problem error={error} />}
      {data && (
        <Stack component="ul" gap="xs" aria-label={`What ${data.user} may do with ${data.what}`}>
          {data.rights.map((right) => (
            <li key={right.right}>
              <StatusBadge
                tone={right.allowed ? 'good' : 'quiet'}
                word={`${right.right}: ${right.allowed ? 'yes' : 'no'}`}
              />{' '}
              <Text span className="name">
                {right.allowed ? right.reasons.join(' ') : (right.missing ?? `Ask ${data.owner}.`)}
              </Text>
            </li>
          ))}
        </Stack>
      )}
    </Stack>
  );
}
