import { Alert, Badge, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import '@/components/code.css';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { compareSearch } from './search';

const OBJECT = '/owners/{owner}/libraries/{library}/objects/{name}' as const;

/** What changed from one version to another, with what breaks callers first. */
export default function ComparePage() {
  const { owner = '', library = '', name = '' } = useParams({ strict: false });
  const { a, b } = compareSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const router = useRouter();
  const place = { owner, library, name };
  const versions = $api.useQuery('get', `${OBJECT}/versions`, { params: { path: place, query: { limit: 200 } } });
  const { data, error } = $api.useQuery('get', `${OBJECT}/compare`, {
    params: { path: place, query: { ...(a ? { a } : {}), ...(b ? { b } : {}) } },
  });
  const choose = (change: { a?: string; b?: string }) =>
    void navigate({
      to: '/libraries/$owner/$library/$name/compare',
      params: place,
      search: { a: a ?? String(data?.a.version ?? ''), b: b ?? String(data?.b.version ?? ''), ...change } as never,
      replace: true,
    });
  const numbers = (versions.data?.items ?? []).map((one) => ({
    value: String(one.version),
    label: `Version ${one.version}`,
  }));
  return (
    <Page
      title={`Compare versions of ${name}`}
      crumbs={[
        { label: 'Libraries', href: router.buildLocation({ to: '/libraries' }).href },
        {
          label: `${owner}/${library}/${name}`,
          href: router.buildLocation({ to: '/libraries/$owner/$library/$name', params: place }).href,
        },
      ]}
      actions={
        data && (
          <Group>
            <NativeSelect
              label="From"
              size="xs"
              data={numbers}
              value={String(data.a.version)}
              onChange={(event) => choose({ a: event.currentTarget.value })}
            />
            <NativeSelect
              label="To"
              size="xs"
              data={numbers}
              value={String(data.b.version)}
              onChange={(event) => choose({ b: event.currentTarget.value })}
            />
          </Group>
        )
      }
    >
      {error && <Problem error={error} />}
      {!data && !error && <Loading />}
      {data && <Compared found={data} />}
    </Page>
  );
}

function Compared({ found }: { found: Schemas['CompareView'] }) {
  if (found.same)
    return (
      <Alert variant="outline" title="The two are the same">
        Both have the same content.
      </Alert>
    );
  const breaking = [...found.signature, ...found.graph, ...found.dependencies].filter((change) => change.breaking);
  return (
    <Stack>
      {found.breaking ? (
        <Alert variant="outline" color="red" title="This breaks callers">
          {breaking.map((change) => (
            <Text key={`${change.kind} ${change.path}`} size="sm" className="name">
              {change.text}
            </Text>
          ))}
        </Alert>
      ) : (
        <Alert variant="outline" color="green" title="Callers may go on as they are">
          Nothing of the signature has changed in a way that breaks a call.
        </Alert>
      )}
      <Changes title="Signature" changes={found.signature} />
      <Changes title="Graph" changes={found.graph} />
      <Changes title="Dependencies" changes={found.dependencies} />
      <Section title="Source">
        {found.source === null && <Text c="dimmed">You may not read the source of these versions.</Text>}
        {found.source?.length === 0 && <Text c="dimmed">No change.</Text>}
        {found.source?.map((file) => (
          <div key={file.path}>
            <Text fw={600} className="name">
              {file.path} ({file.status})
            </Text>
            <div className="code" role="region" aria-label={`Changes of ${file.path}`} tabIndex={0}>
              {file.diff.split('\n').map((line, index) => (
                <div
                  // biome-ignore lint/suspicious/noArrayIndexKey: lines of a change never move
                  key={index}
                  className={`code-line ${line.startsWith('+') ? 'diff-added' : line.startsWith('-') ? 'diff-removed' : ''}`}
                >
                  <code>{line}</code>
                </div>
              ))}
            </div>
            {file.truncated && <Text c="dimmed">The rest is left out: it is too long.</Text>}
          </div>
        ))}
      </Section>
    </Stack>
  );
}

function Changes({ title, changes }: { title: string; changes: readonly Schemas['Change'][] }) {
  return (
    <Section title={title}>
      {changes.length === 0 && <Text c="dimmed">No change.</Text>}
      <Stack gap={6}>
        {changes.map((change) => (
          <Group key={`${change.kind} ${change.path} ${change.text}`} gap="sm" wrap="nowrap" align="flex-start">
            <Badge variant="outline" color={change.breaking ? 'red' : 'gray'} style={{ flexShrink: 0 }}>
              {change.breaking ? 'breaks' : 'fits'}
            </Badge>
            <Text size="sm" className="name">
              {change.text}
            </Text>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
