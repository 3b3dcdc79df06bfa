import '@mantine/core/styles/Table.css';
import { Badge, Button, Checkbox, Code, Group, NativeSelect, Stack, Table, Tabs, Text } from '@mantine/core';
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { CodeView } from '@/components/CodeView';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { Command } from '@/components/Copy';
import { Empty, Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { When } from '@/components/When';
import { RunTable } from '@/features/runs/RunTable';
import { asCommand, asCurl, asPython } from '@/features/runs/snippets';
import { bytes } from '@/lib/format';
import { CallForm } from './CallForm';
import { type ObjectSearch, objectSearch } from './search';

const Dag = lazy(() => import('@/components/Dag'));

interface Place {
  owner: string;
  library: string;
  name: string;
}

type Detail = Schemas['ObjectDetail'];
type Signature = Schemas['SignatureView'];

const OBJECT = '/owners/{owner}/libraries/{library}/objects/{name}' as const;

/** One object: what it does, how it is called, what it is made of, and who uses it. */
export default function ObjectPage() {
  const { owner = '', library = '', name = '' } = useParams({ strict: false });
  const search = objectSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const router = useRouter();
  const place = { owner, library, name };
  const version = search.version ? { version: search.version } : {};
  const chosen = search.function ? { function: search.function } : {};
  const detail = $api.useQuery('get', OBJECT, { params: { path: place, query: version } });
  const signature = $api.useQuery('get', `${OBJECT}/signature`, {
    params: { path: place, query: { ...version, ...chosen } },
  });
  const crumbs = [
    { label: 'Libraries', href: router.buildLocation({ to: '/libraries' }).href },
    {
      label: `${owner}/${library}`,
      href: router.buildLocation({ to: '/libraries/$owner/$library', params: { owner, library } }).href,
    },
  ];
  const error = detail.error ?? signature.error;
  if (error)
    return (
      <Page title={name} crumbs={crumbs}>
        <Problem error={error} onRetry={() => void detail.refetch()} />
      </Page>
    );
  if (!detail.data || !signature.data)
    return (
      <Page title={name} crumbs={crumbs}>
        <Loading />
      </Page>
    );
  const object = detail.data;
  const go = (change: Partial<ObjectSearch>) =>
    void navigate({
      to: '/libraries/$owner/$library/$name',
      params: place,
      search: objectSearch({ ...search, ...change }) as never,
      replace: true,
    });
  const tabs = [
    ['overview', 'Overview'],
    ['call', 'Call'],
    ['graph', 'Graph'],
    ['source', 'Source'],
    ['versions', 'Versions'],
    ['runs', 'Runs'],
    ['used-by', 'Used by'],
  ].filter(([id]) => id !== 'graph' || object.kind === 'pipeline');
  return (
    <Page
      title={name}
      crumbs={crumbs}
      beside={
        <Badge variant="outline" color="gray">
          {object.kind}
        </Badge>
      }
      below={
        <>
          Version {object.version}
          {object.version === object.latest ? ', the latest' : ` of ${object.latest}`}
          {object.tags.length > 0 && `, tagged ${object.tags.join(', ')}`}, published by{' '}
          <span className="name">{object.created_by}</span> <When at={object.created_at} />
        </>
      }
      actions={
        object.functions.length > 1 && (
          <NativeSelect
            label="Function"
            size="xs"
            value={search.function ?? ''}
            onChange={(event) => go({ function: event.currentTarget.value || undefined })}
            data={[
              { value: '', label: object.entrypoint },
              ...object.functions.filter((one) => one !== object.entrypoint),
            ]}
          />
        )
      }
    >
      <Tabs value={search.tab ?? 'overview'} onChange={(tab) => go({ tab: tab ?? 'overview' })} keepMounted={false}>
        <Tabs.List mb="md">
          {tabs.map(([id = '', label]) => (
            <Tabs.Tab key={id} value={id}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview place={place} object={object} signature={signature.data} chosen={search.function} />
        </Tabs.Panel>
        <Tabs.Panel value="call">
          {object.can.includes('execute') ? (
            <CallForm
              key={`${object.version}::${search.function ?? ''}`}
              {...place}
              version={object.version}
              {...(search.function ? { functionName: search.function } : {})}
            />
          ) : (
            <Missing right="execute" owner={owner} text="You may read this, and not run it." />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="graph">
          <Graph place={place} version={object.version} />
        </Tabs.Panel>
        <Tabs.Panel value="source">
          <Source place={place} object={object} line={search.line} onLine={(line) => go({ tab: 'source', line })} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions place={place} object={object} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <RunTable filter={{ owner, library, object: name }} label={`Runs of ${name}`} />
        </Tabs.Panel>
        <Tabs.Panel value="used-by">
          <UsedBy place={place} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Missing({ right, owner, text }: { right: string; owner: string; text: string }) {
  return <Empty title={text} text={`The permission that is missing is “${right}”; ${owner} can give it to you.`} />;
}

interface OverviewProps {
  place: Place;
  object: Detail;
  signature: Signature;
  chosen: string | undefined;
}

function Overview({ place, object, signature, chosen }: OverviewProps) {
  const call = {
    owner: place.owner,
    library: place.library,
    object: place.name,
    function: chosen ?? null,
    kwargs: Object.fromEntries(
      signature.inputs.filter((one) => one.required).map((one) => [one.name, `<${one.type ?? one.name}>`]),
    ),
  };
  return (
    <>
      {signature.doc ? (
        <Text className="name" style={{ whiteSpace: 'pre-wrap' }} mb="lg">
          {signature.doc}
        </Text>
      ) : (
        <Text c="dimmed" mb="lg">
          It has no docstring.
        </Text>
      )}
      <Section title="Inputs">
        <Ports
          label="Inputs"
          ports={signature.inputs.map((one) => ({ ...one, needed: one.required ? 'yes' : `no: ${one.default ?? ''}` }))}
        />
      </Section>
      <Section title="Outputs">
        <Ports label="Outputs" ports={signature.outputs.map((one) => ({ ...one, needed: one.read }))} />
      </Section>
      <Section title="Call it">
        <Stack gap="sm">
          <Command text={asPython(call)} label="Copy Python" />
          <Command text={asCurl(call)} label="Copy curl" />
          <Command text={asCommand(call)} label="Copy command" />
        </Stack>
      </Section>
      <Section title="Where and with what">
        <Text>
          Runs in the environment <Code>{object.env}</Code>, Python{' '}
          {object.requires_python || object.python || 'as there is'}.{' '}
          <Link to="/libraries/$owner/$library" params={{ owner: place.owner, library: place.library }}>
            Its library
          </Link>{' '}
          says on which machine.{' '}
          <Link
            to="/access"
            search={{ tab: 'why', library: `${place.owner}/${place.library}`, object: place.name } as never}
          >
            Who may run it, and why
          </Link>
        </Text>
        {object.requirements.length > 0 && <Command text={object.requirements.join('\n')} label="Copy requirements" />}
      </Section>
    </>
  );
}

interface Port {
  name: string;
  type: string | null;
  needed: string;
}

function Ports({ ports, label }: { ports: readonly Port[]; label: string }) {
  if (ports.length === 0) return <Text c="dimmed">None.</Text>;
  return (
    <Table aria-label={label} withTableBorder>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Type</Table.Th>
          <Table.Th>{label === 'Inputs' ? 'Required' : 'Read as'}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {ports.map((port) => (
          <Table.Tr key={port.name}>
            <Table.Td className="name">{port.name}</Table.Td>
            <Table.Td className="name">
              <Code>{port.type ?? 'any'}</Code>
            </Table.Td>
            <Table.Td className="name">{port.needed}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Graph({ place, version }: { place: Place; version: number }) {
  const navigate = useNavigate();
  const { data, error } = $api.useQuery('get', `${OBJECT}/graph`, {
    params: { path: place, query: { version: String(version) } },
  });
  const nodes = useMemo(
    () =>
      (data?.nodes ?? []).map((node) => ({
        id: node.id,
        title: node.id,
        subtitle: node.runs_on.text,
        tone: node.kind === 'remote' ? 'busy' : 'quiet',
      })),
    [data],
  );
  const edges = useMemo(
    () => (data?.links ?? []).map((link) => ({ source: link.source.node, target: link.target.node })),
    [data],
  );
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  const open = (id: string) => {
    const node = data.nodes.find((one) => one.id === id);
    if (node?.remote?.owner && node.remote.library)
      void navigate({
        to: '/libraries/$owner/$library/$name',
        params: { owner: node.remote.owner, library: node.remote.library, name: node.remote.name },
      });
    else if (node?.function)
      void navigate({
        to: '/libraries/$owner/$library/$name',
        params: place,
        search: { function: node.function } as never,
      });
  };
  return (
    <Stack>
      <Suspense fallback={<Loading />}>
        <Dag nodes={nodes} edges={edges} label={`Graph of ${place.name}`} onNode={open} />
      </Suspense>
      <Section title="Nodes">
        <Stack component="ul" gap={4}>
          {data.nodes.map((node) => (
            <li key={node.id}>
              <Button variant="subtle" size="compact-sm" onClick={() => open(node.id)} className="name">
                {node.id}
              </Button>{' '}
              {node.kind === 'remote' ? 'remote' : 'function'}, runs: {node.runs_on.text}
            </li>
          ))}
        </Stack>
      </Section>
    </Stack>
  );
}

interface SourceProps {
  place: Place;
  object: Detail;
  line: number | undefined;
  onLine: (line: number) => void;
}

function Source({ place, object, line, onLine }: SourceProps) {
  const may = object.can.includes('source');
  const { data, error } = $api.useQuery(
    'get',
    OBJECT,
    { params: { path: place, query: { version: String(object.version), include_yaml: true } } },
    { enabled: may },
  );
  if (!may) return <Missing right="source" owner={place.owner} text="You may call this, and not read its source." />;
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  return (
    <CodeView
      text={data.yaml ?? ''}
      language="yaml"
      label={`Source of ${place.name}`}
      selected={line ?? null}
      onSelect={onLine}
    />
  );
}

function Versions({ place, object }: { place: Place; object: Detail }) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<number[]>([]);
  const [removing, setRemoving] = useState<number | null>(null);
  const { data, error } = $api.useQuery('get', `${OBJECT}/versions`, {
    params: { path: place, query: { limit: 200 } },
  });
  const remove = $api.useMutation('delete', `${OBJECT}/versions/{version}`, { onSuccess: () => setRemoving(null) });
  const tag = $api.useMutation('put', `${OBJECT}/tags/{tag}`);
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  const pick = (version: number, on: boolean) =>
    setChosen((was) =>
      on ? [...was.filter((one) => one !== version), version].slice(-2) : was.filter((one) => one !== version),
    );
  const write = object.can.includes('write');
  return (
    <Stack>
      <Group>
        <Button
          size="xs"
          variant="default"
          disabled={chosen.length !== 2}
          onClick={() => {
            const [a = 0, b = 0] = [...chosen].sort((x, y) => x - y);
            void navigate({
              to: '/libraries/$owner/$library/$name/compare',
              params: place,
              search: { a: String(a), b: String(b) } as never,
            });
          }}
        >
          Compare the two
        </Button>
      </Group>
      {tag.error && <Problem error={tag.error} />}
      {data.items.map((one) => (
        <Group key={one.version} gap="sm" wrap="nowrap" align="flex-start">
          <Checkbox
            aria-label={`Choose version ${one.version} to compare`}
            checked={chosen.includes(one.version)}
            onChange={(event) => pick(one.version, event.currentTarget.checked)}
          />
          <div style={{ minWidth: 0, flex: 1 }}>
            <Link
              to="/libraries/$owner/$library/$name"
              params={place}
              search={{ version: String(one.version) } as never}
            >
              Version {one.version}
            </Link>{' '}
            {one.tags.map((name) => (
              <Badge key={name} variant="outline" color="gray" className="name">
                {name}
              </Badge>
            ))}
            <Text size="sm" c="dimmed" className="name">
              {one.created_by}, <When at={one.created_at} />, {bytes(one.size_bytes)}, environment {one.env},{' '}
              {one.content_hash.slice(0, 12)}
            </Text>
          </div>
          {write && (
            <Group gap={4} wrap="nowrap">
              {!one.tags.includes('prod') && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  onClick={() =>
                    tag.mutate({ params: { path: { ...place, tag: 'prod' } }, body: { version: one.version } })
                  }
                >
                  Tag as prod
                </Button>
              )}
              <Button size="compact-xs" variant="subtle" color="red" onClick={() => setRemoving(one.version)}>
                Delete
              </Button>
            </Group>
          )}
        </Group>
      ))}
      <ConfirmTyped
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => remove.mutate({ params: { path: { ...place, version: String(removing) as never } } })}
        title={`Delete version ${removing}?`}
        word={place.name}
        action="Delete the version"
        busy={remove.isPending}
        error={remove.error}
      >
        Callers that ask for this version will be refused. Runs under way are not disturbed.
      </ConfirmTyped>
    </Stack>
  );
}

function UsedBy({ place }: { place: Place }) {
  const { data, error } = $api.useQuery('get', `${OBJECT}/used-by`, { params: { path: place } });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  if (data.items.length === 0 && data.hidden === 0)
    return (
      <Empty title="Nothing uses it" text="Pipelines that call it, and libraries that show it, are listed here." />
    );
  return (
    <Stack gap="xs">
      {data.items.map((one) => (
        <Text key={`${one.owner}/${one.library}/${one.name}/${one.node ?? ''}`} className="name">
          <Link
            to="/libraries/$owner/$library/$name"
            params={{ owner: one.owner, library: one.library, name: one.name }}
          >
            {one.owner}/{one.library}/{one.name}
          </Link>{' '}
          {one.kind === 'pipeline' ? `calls it in its node ${one.node ?? ''}` : 'shows it under this name'}
          {one.pins ? `, pinned to ${one.pins}` : ''}
        </Text>
      ))}
      {data.hidden > 0 && <Text c="dimmed">And {data.hidden} that you may not see.</Text>}
    </Stack>
  );
}
