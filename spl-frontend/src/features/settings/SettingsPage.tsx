import {
  Button,
  Checkbox,
  Code,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { Command } from '@/components/Copy';
import { Dialog } from '@/components/Dialog';
import { Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { useMe } from '@/features/session/useMe';
import { useZone } from '@/lib/time';

/** Oneself, this browser, this server. */
export default function SettingsPage() {
  const me = useMe();
  return (
    <Page title="Settings">
      <Profile />
      <Browser />
      <ServerFacts />
      {me.has('server:admin') && <ServerSettings />}
      {me.has('server:admin') && <Users />}
    </Page>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <div className="name">{children}</div>
    </div>
  );
}

function Profile() {
  const { data, error } = $api.useQuery('get', '/whoami', {});
  if (error) return <Problem error={error} />;
  if (!data) return <Loading rows={2} />;
  return (
    <Section title="You">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact label="Name">{data.display_name || data.user}</Fact>
        <Fact label="User">{data.user}</Fact>
        <Fact label="Teams">{data.teams.join(', ') || 'none'}</Fact>
        <Fact label="Signed in until">
          <When at={data.expires_at} />
        </Fact>
      </SimpleGrid>
      <Text size="sm" mt="sm" className="name">
        You may use: {data.scopes.join(', ')}
      </Text>
    </Section>
  );
}

function Browser() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [zone, setZone] = useZone();
  return (
    <Section title="This browser">
      <Group align="flex-end">
        <NativeSelect
          label="Theme"
          value={colorScheme}
          onChange={(event) => setColorScheme(event.currentTarget.value as 'auto')}
          data={[
            { value: 'auto', label: 'As the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <NativeSelect
          label="Times"
          value={zone}
          onChange={(event) => setZone(event.currentTarget.value === 'utc' ? 'utc' : 'local')}
          data={[
            { value: 'local', label: 'In my time zone' },
            { value: 'utc', label: 'In UTC' },
          ]}
        />
      </Group>
    </Section>
  );
}

function ServerFacts() {
  const { data, error } = $api.useQuery('get', '/version', {});
  if (error) return <Problem error={error} />;
  if (!data) return <Loading rows={1} />;
  return (
    <Section title="This server">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact label="Version">{data.version}</Fact>
        <Fact label="Database">{data.database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}</Fact>
        <Fact label="Started">
          <When at={data.started_at} />
        </Fact>
        <Fact label="Understands clients from">{data.oldest_client}</Fact>
      </SimpleGrid>
    </Section>
  );
}

function ServerSettings() {
  const { data, error } = $api.useQuery('get', '/settings', {});
  if (error) return <Problem error={error} />;
  if (!data) return <Loading rows={2} />;
  return <SettingsForm key={JSON.stringify(data)} found={data} />;
}

function SettingsForm({ found }: { found: Schemas['SettingsView'] }) {
  const [name, setName] = useState(found.name);
  const [user, setUser] = useState(String(found.user_token_days));
  const [execution, setExecution] = useState(String(found.execution_token_days));
  const change = $api.useMutation('patch', '/settings');
  const digits = (text: string) => text.replace(/\D/g, '');
  return (
    <Section title="For everybody on this server">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ body: { name, user_token_days: Number(user), execution_token_days: Number(execution) } });
        }}
      >
        <Stack maw={480}>
          <TextInput
            label="Name of this server"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Days that user tokens last"
            inputMode="numeric"
            value={user}
            onChange={(event) => setUser(digits(event.currentTarget.value))}
          />
          <TextInput
            label="Days that library execution tokens last"
            inputMode="numeric"
            value={execution}
            onChange={(event) => setExecution(digits(event.currentTarget.value))}
          />
          {change.error && <Problem error={change.error} />}
          <Group>
            <Button type="submit" variant="default" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Users() {
  const { data, error, refetch } = $api.useQuery('get', '/users', { params: { query: { limit: 200 } } });
  const [name, setName] = useState('');
  const [admin, setAdmin] = useState(false);
  const [made, setMade] = useState<Schemas['UserCreated'] | null>(null);
  const add = $api.useMutation('post', '/users', { gcTime: 0 });
  const change = $api.useMutation('patch', '/users/{name}', { onSettled: () => void refetch() });
  return (
    <Section title="Users">
      {error && <Problem error={error} />}
      <Stack gap={6}>
        {data?.items.map((one) => (
          <Group key={one.name} gap="xs">
            <Text className="name">
              {one.name} {one.admin && '(administrator)'} {one.disabled_at !== null && '(disabled)'}
            </Text>
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`${one.disabled_at === null ? 'Disable' : 'Enable'} ${one.name}`}
              onClick={() =>
                change.mutate({ params: { path: { name: one.name } }, body: { disabled: one.disabled_at === null } })
              }
            >
              {one.disabled_at === null ? 'Disable' : 'Enable'}
            </Button>
          </Group>
        ))}
      </Stack>
      {change.error && <Problem error={change.error} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(
            { body: { name: name.trim(), admin } },
            {
              onSuccess: (user) => {
                setMade(user);
                setName('');
                add.reset();
                void refetch();
              },
            },
          );
        }}
      >
        <Group align="flex-end" mt="md">
          <TextInput label="New user" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Checkbox
            label="Administrator"
            checked={admin}
            onChange={(event) => setAdmin(event.currentTarget.checked)}
            mb={8}
          />
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Group>
      </form>
      {add.error && <Problem error={add.error} />}
      <Dialog opened={made !== null} onClose={() => {}} locked title={`Give this code to ${made?.name ?? ''}`}>
        {made && (
          <Stack>
            <Text>
              It signs <Code>{made.name}</Code> in once, <When at={made.login_code_expires_at} /> at the latest, and is
              not shown again.
            </Text>
            <Command text={made.login_code} label="Copy the code" />
            <Group justify="flex-end">
              <Button onClick={() => setMade(null)}>I have it</Button>
            </Group>
          </Stack>
        )}
      </Dialog>
    </Section>
  );
}
