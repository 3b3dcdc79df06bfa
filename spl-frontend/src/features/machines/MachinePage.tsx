import { Badge, Button, Code, Group, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import '@mantine/core/styles/Switch.css';
import { Link, useNavigate, useParams, useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { $api } from '@/api/client';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { CopyButton } from '@/components/Copy';
import { Loading } from '@/components/Empty';
import { JsonTree } from '@/components/JsonTree';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { RunTable } from '@/features/runs/RunTable';
import { useOverview } from '@/features/session/useMe';
import { MACHINE_STATUS, MachineStatusBadge } from '@/words/machineStatus';
import { TOKEN_KINDS } from '@/words/tokenKinds';
import { environmentsOf, isOutdated, type Machine, pythonOf, snapshotOf } from './list';

/** One machine: what it is, what it does now, and what it lets in. */
export default function MachinePage() {
  const { machineId = '' } = useParams({ strict: false });
  const router = useRouter();
  const { data, error, refetch } = $api.useQuery('get', '/machines/{machine}', {
    params: { path: { machine: machineId } },
  });
  const overview = useOverview();
  const crumbs = [{ label: 'Machines', href: router.buildLocation({ to: '/machines' }).href }];
  if (error || !data)
    return (
      <Page title={data?.name ?? 'Machine'} crumbs={crumbs}>
        {error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading />}
      </Page>
    );
  const snapshot = snapshotOf(data);
  return (
    <Page
      title={data.display_name || data.name}
      crumbs={crumbs}
      beside={<MachineStatusBadge status={data.status} />}
      below={
        <Group gap="xs">
          <Code>{data.id}</Code>
          <CopyButton text={data.id} label="Copy machine id" />
          <span className="name">owned by {data.owner}</span>
        </Group>
      }
      actions={data.can.includes('admin') && data.revoked_at === null && <Remove machine={data} />}
    >
      <Text mb="md">{MACHINE_STATUS[data.status].text}</Text>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="xl">
        <Fact label="Seats busy">
          {data.running} of {data.capacity}
        </Fact>
        <Fact label="Last seen">{data.online ? 'now' : <When at={data.last_seen_at} />}</Fact>
        <Fact label="Connected since">
          <When at={data.connected_at} />
        </Fact>
        <Fact label="Daemon">
          {data.daemon_version ?? '–'}
          {isOutdated(data.daemon_version, overview.data?.server_version) &&
            `, update available: ${overview.data?.server_version}`}
        </Fact>
        <Fact label="Python">{pythonOf(data) ?? '–'}</Fact>
        <Fact label="System">{snapshot.platform ?? '–'}</Fact>
        <Fact label="Labels">
          {data.labels.length === 0
            ? 'none'
            : data.labels.map((label) => (
                <Badge key={label} variant="outline" color="gray">
                  {label}
                </Badge>
              ))}
        </Fact>
        <Fact label="Lets in">{data.policy.join(', ') || 'nothing'}</Fact>
      </SimpleGrid>
      {data.can.includes('admin') && data.revoked_at === null && (
        <div id="change">
          <Change key={data.id} machine={data} />
        </div>
      )}
      <Section title="Runs on it">
        <RunTable filter={{ machine: data.id }} label={`Runs on ${data.name}`} />
      </Section>
      <Section title="Environments">
        {environmentsOf(data).length > 0 ? (
          <Stack gap={4} component="ul">
            {environmentsOf(data).map((env) => (
              <li key={JSON.stringify(env)} className="name">
                {env.name ?? 'without a name'}: {env.implementation ?? 'Python'} {env.version ?? ''}{' '}
                {env.platform ?? ''}
              </li>
            ))}
          </Stack>
        ) : (
          <Text c="dimmed">It has told of none.</Text>
        )}
      </Section>
      <Section title="What it tells of itself">
        <JsonTree value={data.snapshot} label="Its snapshot" open={1} />
      </Section>
      {data.can.includes('admin') && <Credentials machineId={data.id} />}
      <Section title="Who may use it">
        <Link to="/access" search={{ machine: data.id } as never}>
          Its grants
        </Link>
      </Section>
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

function Change({ machine }: { machine: Machine }) {
  const [name, setName] = useState(machine.display_name);
  const [labels, setLabels] = useState(machine.labels.join(' '));
  const [most, setMost] = useState(machine.max_concurrent?.toString() ?? '');
  const change = $api.useMutation('patch', '/machines/{machine}');
  const params = { path: { machine: machine.id } };
  return (
    <Section title="Change">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({
            params,
            body: {
              display_name: name,
              labels: labels.split(/[\s,]+/).filter(Boolean),
              max_concurrent: most === '' ? null : Number(most),
            },
          });
        }}
      >
        <Stack maw={480}>
          <Switch
            label="Draining: it ends what it has and takes nothing new"
            checked={machine.draining}
            onChange={(event) => change.mutate({ params, body: { draining: event.currentTarget.checked } })}
          />
          <TextInput label="Shown as" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput label="Labels" value={labels} onChange={(event) => setLabels(event.currentTarget.value)} />
          <TextInput
            label="At most so many runs at once"
            description="Left open, its own seats decide."
            inputMode="numeric"
            value={most}
            onChange={(event) => setMost(event.currentTarget.value.replace(/\D/g, ''))}
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

function Credentials({ machineId }: { machineId: string }) {
  const { data, error } = $api.useQuery('get', '/tokens', { params: { query: { limit: 200 } } });
  if (error) return null;
  const own = (data?.items ?? []).filter((token) => token.machine_id === machineId && token.status === 'live');
  return (
    <Section title="Credentials">
      {own.length === 0 && <Text c="dimmed">None is live.</Text>}
      {own.map((token) => (
        <Text key={token.id} className="name">
          {TOKEN_KINDS[token.kind]?.word ?? token.kind} <Code>{token.hint}</Code>, expires{' '}
          <When at={token.expires_at} />, last used <When at={token.last_used_at} />
        </Text>
      ))}
    </Section>
  );
}

function Remove({ machine }: { machine: Machine }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = $api.useMutation('delete', '/machines/{machine}', {
    onSuccess: () => void navigate({ to: '/machines' }),
  });
  return (
    <>
      <Button color="red" variant="outline" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <ConfirmTyped
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate({ params: { path: { machine: machine.id } } })}
        title={`Remove ${machine.name}?`}
        word={machine.name}
        action="Remove the machine"
        busy={remove.isPending}
        error={remove.error}
      >
        Its credentials die at once, and nothing more is given to it. To bring it back, add it again.
      </ConfirmTyped>
    </>
  );
}
