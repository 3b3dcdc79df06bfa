import { Anchor, Group, Kbd, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiUrl, base } from '@/api/base';
import { problemOf } from '@/api/problems';
import { Command } from '@/components/Copy';
import { Loading } from '@/components/Empty';
import { Page, Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { KEYS } from '@/features/palette/keys';
import { useMe } from '@/features/session/useMe';

/** How to begin, with this server's own address in every line. */
export default function HelpPage() {
  const me = useMe();
  const url = JSON.stringify(`${base()}api`);
  return (
    <Page title="Help">
      <Section title="Begin">
        <Stack>
          <Text>Install on the machine that shall run things, and bring it in:</Text>
          <Command text="pip install spl-framework spl-daemon" label="Copy the install command" />
          <Text>
            Then{' '}
            <Anchor underline="always" href={`${base()}machines/new`}>
              add the machine
            </Anchor>
            , which gives you a command with a code.
          </Text>
          <Text>Publish a function from a notebook on it:</Text>
          <Command
            label="Copy the notebook cell"
            text={[
              'from spl.client import SPLClient',
              '',
              'def demo_add(a: int, b: int = 2) -> int:',
              '    """Add two numbers."""',
              '    return a + b',
              '',
              'SPLClient().publish(demo_add, name="demo_add")',
            ].join('\n')}
          />
          <Text>Call it from anywhere:</Text>
          <Command
            label="Copy the call"
            text={[
              'from spl.server_client import SPLServerClient',
              '',
              `server = SPLServerClient("<your-token>", base_url=${url})`,
              `server.call("demo_add", owner=${JSON.stringify(me.name)}, library="default", kwargs={"a": 1})`,
            ].join('\n')}
          />
          <Text>Or let a program do that and nothing else, with a library execution token:</Text>
          <Command
            label="Copy the external call"
            text={[
              `server = SPLServerClient.external_token("<execution-token>", base_url=${url})`,
              `server.call("demo_add", owner=${JSON.stringify(me.name)}, library="default", kwargs={"a": 1})`,
            ].join('\n')}
          />
        </Stack>
      </Section>
      <Section title="Keys">
        <Stack gap={6}>
          {KEYS.map((one) => (
            <Group key={one.keys} gap="sm">
              <Kbd>{one.keys}</Kbd>
              <Text>{one.text}</Text>
            </Group>
          ))}
        </Stack>
      </Section>
      <Api />
    </Page>
  );
}

interface Document {
  paths: Record<string, Record<string, { description?: string; summary?: string; tags?: string[] }>>;
}

function Api() {
  const [wanted, setWanted] = useState('');
  const { data, error } = useQuery({
    queryKey: ['openapi'],
    queryFn: async (): Promise<Document> => {
      const answer = await fetch(apiUrl('/openapi.json'));
      if (!answer.ok) throw await problemOf(answer);
      return answer.json();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const operations = Object.entries(data?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      name: `${method.toUpperCase()} ${path}`,
      text: one.description ?? one.summary ?? '',
      tag: one.tags?.[0] ?? 'other',
    })),
  );
  const shown = operations.filter((one) => `${one.name} ${one.text}`.toLowerCase().includes(wanted.toLowerCase()));
  const tags = [...new Set(shown.map((one) => one.tag))].sort();
  return (
    <Section title="The API of this server">
      <Text mb="sm">
        Everything that this console does is done by it; the whole document is at{' '}
        <Anchor underline="always" href={apiUrl('/openapi.json')}>
          {apiUrl('/openapi.json')}
        </Anchor>
        .
      </Text>
      <TextInput
        label="Search the API"
        type="search"
        data-search
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        mb="md"
        maw={320}
      />
      {error && <Problem error={error} />}
      {!data && !error && <Loading />}
      {tags.map((tag) => (
        <div key={tag}>
          <Text fw={600} mt="sm" tt="capitalize">
            {tag}
          </Text>
          <ul>
            {shown
              .filter((one) => one.tag === tag)
              .map((one) => (
                <li key={one.name}>
                  <code>{one.name}</code> {one.text.split('\n')[0]}
                </li>
              ))}
          </ul>
        </div>
      ))}
    </Section>
  );
}
