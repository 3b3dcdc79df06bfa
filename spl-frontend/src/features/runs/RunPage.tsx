import { Alert, Anchor, Button, Code, Group, Menu, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { apiUrl } from '@/api/base';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { CopyButton } from '@/components/Copy';
import { Empty, Loading } from '@/components/Empty';
import { JsonTree } from '@/components/JsonTree';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { Took, When } from '@/components/When';
import { download } from '@/lib/download';
import { bytes, duration } from '@/lib/format';
import { useNow } from '@/lib/time';
import { hasEnded, RUN_STATES, RunStateBadge } from '@/words/runStates';
import { target } from './columns';
import { Failure } from './Failure';
import { phases } from './phases';
import { RunLogs } from './RunLogs';
import { runSearch } from './search';
import { asCommand, asCurl, asPython } from './snippets';

const CallForm = lazy(() => import('@/features/objects/CallForm').then((found) => ({ default: found.CallForm })));
const RunGraph = lazy(() => import('./RunGraph'));

type Detail = Schemas['RunDetail'];

const TABS = [
  ['summary', 'Summary'],
  ['timeline', 'Timeline'],
  ['logs', 'Logs'],
  ['graph', 'Graph'],
  ['values', 'Input and output'],
  ['artifacts', 'Artifacts'],
  ['events', 'Events'],
] as const;

/** One run: what it is, where it is, why it waits, what it printed and what came of it. */
export default function RunPage() {
  const { runId = '' } = useParams({ strict: false });
  const { tab = 'summary', line } = runSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const { data, error, refetch } = $api.useQuery('get', '/remote-runs/{run_id}/detail', {
    params: { path: { run_id: runId } },
  });
  if (error && !data)
    return (
      <Page title="Run">
        <Problem error={error} onRetry={() => void refetch()} />
      </Page>
    );
  if (!data)
    return (
      <Page title="Run">
        <Loading />
      </Page>
    );
  const go = (search: object) => void navigate({ to: '/runs/$runId', params: { runId }, search, replace: true });
  return (
    <Loaded detail={data}>
      <Tabs value={tab} onChange={(value) => go({ tab: value ?? 'summary' })} keepMounted={false}>
        <Tabs.List mb="md">
          {TABS.filter(([id]) => id !== 'graph' || data.run.kind === 'pipeline').map(([id, label]) => (
            <Tabs.Tab key={id} value={id}>
              {label}
              {id === 'artifacts' && data.artifacts.length > 0 ? ` (${data.artifacts.length})` : ''}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="summary">
          <Summary detail={data} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <Timeline detail={data} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <RunLogs
            runId={runId}
            ended={hasEnded(data.run.state)}
            line={line}
            onLine={(number) => go({ tab: 'logs', line: number })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="graph">
          <Suspense fallback={<Loading />}>
            <RunGraph detail={data} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="values">
          <Values detail={data} />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Artifacts runId={runId} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <Events detail={data} />
        </Tabs.Panel>
      </Tabs>
    </Loaded>
  );
}

function Loaded({ detail, children }: { detail: Detail; children: ReactNode }) {
  const { run } = detail;
  const router = useRouter();
  return (
    <Page
      title={target(run)}
      beside={<RunStateBadge state={run.state} />}
      crumbs={[{ label: 'Runs', href: router.buildLocation({ to: '/runs' }).href }]}
      below={
        <Group gap="xs">
          <Code>{run.id}</Code>
          <CopyButton text={run.id} label="Copy run id" />
          <span>
            version {run.version}, called by <span className="name">{run.caller}</span> <When at={run.created_at} />
          </span>
        </Group>
      }
      actions={<Actions detail={detail} />}
    >
      {children}
    </Page>
  );
}

function Actions({ detail }: { detail: Detail }) {
  const { run } = detail;
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [again, setAgain] = useState(false);
  const path = { params: { path: { run_id: run.id } } };
  const cancel = $api.useMutation('post', '/remote-runs/{run_id}/cancel', { onSuccess: () => setAsking(false) });
  const retry = $api.useMutation('post', '/remote-runs/{run_id}/retry', {
    onSuccess: (made) => void navigate({ to: '/runs/$runId', params: { runId: made.id } }),
    onError: (error) =>
      notifications.show({ color: 'red', message: error instanceof Error ? error.message : String(error) }),
  });
  const ended = hasEnded(run.state);
  const call = {
    owner: run.owner,
    library: run.library,
    object: run.object,
    function: run.function,
    version: run.version,
    kwargs: given(detail),
    machine: run.target_machine,
  };
  const copy = (text: string, what: string) => {
    void navigator.clipboard.writeText(text);
    notifications.show({ message: `Copied as ${what}.` });
  };
  return (
    <>
      {!ended && run.can.includes('cancel') && (
        <Button color="red" variant="outline" size="xs" onClick={() => setAsking(true)}>
          Cancel
        </Button>
      )}
      {ended && run.can.includes('retry') && (
        <Button
          size="xs"
          variant="default"
          loading={retry.isPending}
          onClick={() => retry.mutate({ ...path, body: {} })}
        >
          Run again
        </Button>
      )}
      <Button size="xs" variant="default" onClick={() => setAgain((was) => !was)} aria-expanded={again}>
        Edit and run
      </Button>
      <Menu>
        <Menu.Target>
          <Button size="xs" variant="default">
            Copy as
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => copy(asPython(call), 'Python')}>Python</Menu.Item>
          <Menu.Item onClick={() => copy(asCurl(call), 'curl')}>curl</Menu.Item>
          <Menu.Item onClick={() => copy(asCommand(call), 'a command')}>Command line</Menu.Item>
          <Menu.Item onClick={() => copy(window.location.href, 'a link')}>Link to this page</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmTyped
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => cancel.mutate(path)}
        title="Cancel this run?"
        word={null}
        action="Cancel the run"
        busy={cancel.isPending}
        error={cancel.error}
      >
        Its process is stopped. What it has done so far stays done.
      </ConfirmTyped>
      {again && (
        <Suspense fallback={<Loading />}>
          <CallForm
            owner={run.owner}
            library={run.library}
            name={run.object}
            version={run.version}
            {...(run.function ? { functionName: run.function } : {})}
            initial={given(detail)}
          />
        </Suspense>
      )}
    </>
  );
}

/** What the call was made with, by name, as far as the run still tells. */
function given(detail: Detail): Record<string, unknown> {
  return detail.input?.kwargs ?? {};
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

function Summary({ detail }: { detail: Detail }) {
  const { run } = detail;
  return (
    <Stack>
      {run.waiting && !hasEnded(run.state) && (
        <Alert variant="outline" color="orange" title="Why it waits">
          {run.waiting.text}
        </Alert>
      )}
      {run.error && <Failure error={run.error} />}
      {run.state !== 'succeeded' && !run.error && <Text>{RUN_STATES[run.state].text}</Text>}
      {run.progress && (
        <Text role="status">
          {run.progress.text ?? 'Progress'} {run.progress.done ?? ''}
          {run.progress.total ? ` of ${run.progress.total}` : ''}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Fact label="Object">
          <Link
            to="/libraries/$owner/$library/$name"
            params={{ owner: run.owner, library: run.library, name: run.object }}
            search={{ version: String(run.version) } as never}
          >
            {target(run)}
          </Link>
        </Fact>
        <Fact label="Machine">
          {run.machine ? (
            <Link to="/machines/$machineId" params={{ machineId: run.machine.id }}>
              {run.machine.name}
            </Link>
          ) : (
            (run.target_machine ?? 'not chosen yet')
          )}
        </Fact>
        <Fact label="Took">
          <Took from={run.started_at} to={run.finished_at} />
        </Fact>
        <Fact label="Attempt">{run.attempt || '–'}</Fact>
        <Fact label="Created">
          <When at={run.created_at} exact />
        </Fact>
        <Fact label="Started">
          <When at={run.started_at} exact />
        </Fact>
        <Fact label="Ended">
          <When at={run.finished_at} exact />
        </Fact>
        <Fact label="Time limit">{run.timeout_seconds ? duration(run.timeout_seconds * 1000) : 'none'}</Fact>
        {run.retry_of && (
          <Fact label="Runs again">
            <Link to="/runs/$runId" params={{ runId: run.retry_of }}>
              {run.retry_of}
            </Link>
          </Fact>
        )}
        {run.parent_run_id && (
          <Fact label="Part of">
            <Link to="/runs/$runId" params={{ runId: run.parent_run_id }}>
              {run.parent_run_id}
            </Link>
          </Fact>
        )}
      </SimpleGrid>
      {run.state === 'succeeded' && (
        <Section title="Result">
          <JsonTree value={run.result} label="Value of the result" />
        </Section>
      )}
    </Stack>
  );
}

function Timeline({ detail }: { detail: Detail }) {
  const { run } = detail;
  const now = useNow(1_000);
  const end = run.finished_at ?? now;
  const whole = Math.max(1, end - run.created_at);
  return (
    <Stack>
      <div className="bars">
        {phases(run, now).map((phase) => (
          <div className="bar-row" key={phase.kind}>
            <Text size="sm">{phase.label}</Text>
            <div className="bar-track" aria-hidden>
              <div
                className="bar"
                data-kind={phase.kind}
                style={{
                  left: `${Math.min(99, ((phase.from - run.created_at) / whole) * 100)}%`,
                  width: `${Math.min(100, (phase.ms / whole) * 100)}%`,
                }}
              />
            </div>
            <Text size="sm">{duration(phase.ms)}</Text>
          </div>
        ))}
      </div>
      <Section title="Attempts">
        {detail.attempts.length === 0 && <Text c="dimmed">No machine has had it yet.</Text>}
        {detail.attempts.map((attempt) => (
          <Text key={attempt.attempt} className="name">
            {attempt.attempt}. on {attempt.machine.name}: {attempt.outcome ?? 'going on'}
            {attempt.reason ? ` (${attempt.reason})` : ''}, claimed <When at={attempt.claimed_at} />
          </Text>
        ))}
      </Section>
      <Events detail={detail} />
    </Stack>
  );
}

function Events({ detail }: { detail: Detail }) {
  return (
    <Section title="Events">
      <Stack gap={6}>
        {detail.events.map((event) => (
          <Group key={event.seq} gap="sm" align="baseline">
            <Text size="sm" c="dimmed" className="nowrap">
              <When at={event.at} exact />
            </Text>
            <Text size="sm" fw={600} className="nowrap">
              {event.kind}
            </Text>
            <Text size="sm" className="name">
              {Object.entries(event.data)
                .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
                .join(', ')}
            </Text>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

function Values({ detail }: { detail: Detail }) {
  const { run, input } = detail;
  return (
    <Stack>
      <Section
        title="Input"
        actions={
          input?.complete && <CopyButton text={JSON.stringify(input.kwargs, null, 2)} label="Copy the input by name" />
        }
      >
        {!input && <Text c="dimmed">It is not kept any more.</Text>}
        {input && !input.complete && <Text c="dimmed">Its {bytes(input.bytes)} are too large to show here.</Text>}
        {input?.complete && input.args.length > 0 && <JsonTree value={input.args} label="Input by position" />}
        {input?.complete && (input.args.length === 0 || Object.keys(input.kwargs).length > 0) && (
          <JsonTree value={input.kwargs} label="Input by name" />
        )}
      </Section>
      <Section
        title="Output"
        actions={
          run.state === 'succeeded' && (
            <Group gap={4}>
              <CopyButton text={JSON.stringify(run.result, null, 2)} label="Copy the result" />
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => download(`${run.id}.json`, JSON.stringify(run.result, null, 2), 'application/json')}
              >
                Download
              </Button>
            </Group>
          )
        }
      >
        {run.state === 'succeeded' ? (
          <JsonTree value={run.result} label="Value of the output" />
        ) : (
          <Text c="dimmed">There is none: {RUN_STATES[run.state].text}</Text>
        )}
      </Section>
    </Stack>
  );
}

function Artifacts({ runId }: { runId: string }) {
  const { data, error } = $api.useQuery('get', '/remote-runs/{run_id}/artifacts', {
    params: { path: { run_id: runId } },
  });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  if (data.items.length === 0)
    return <Empty title="No files" text="What a function writes into its artifacts folder is kept here." />;
  return (
    <Stack gap="xs">
      {data.items.map((file) => (
        <Group key={file.name} justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Anchor
              href={apiUrl(
                `/remote-runs/${encodeURIComponent(runId)}/artifacts/${file.name.split('/').map(encodeURIComponent).join('/')}`,
              )}
              download
              className="name"
            >
              {file.name}
            </Anchor>
            <Text size="xs" c="dimmed" className="name">
              {bytes(file.size)}, {file.media_type}, sha256 {file.sha256}
            </Text>
          </div>
          <CopyButton text={file.sha256} label={`Copy the hash of ${file.name}`} />
        </Group>
      ))}
    </Stack>
  );
}
