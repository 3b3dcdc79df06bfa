import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '@/api/client';
import { ProblemError } from '@/api/problems';
import type { Schemas } from '@/api/types';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { Reauthenticate } from '@/features/session/Reauthenticate';
import { useMe } from '@/features/session/useMe';
import { TOKEN_KINDS } from '@/words/tokenKinds';
import { Secret } from './Secret';
import { tokensSearch } from './search';
import { type Draft, LEAST, missing, type NewKind, SCOPES, summary } from './summary';

const DAYS = [1, 7, 30, 90, 180, 365];
const DAY_SECONDS = 86_400;

/** Makes a credential: what it is for first, then the least that it needs. */
export default function NewTokenPage() {
  const search = tokensSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const me = useMe();
  const router = useRouter();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>({
    kind: (search.kind === 'user' || search.kind === 'subtoken' ? search.kind : 'execution') as NewKind,
    name: '',
    days: 30,
    scopes: LEAST,
    library: search.library ?? '',
    object: search.object ?? '',
    function: '',
    machine: search.machine ?? '',
    users: [],
  });
  const [users, setUsers] = useState('');
  const [asked, setAsked] = useState(false);
  const [secret, setSecret] = useState<Schemas['TokenCreated'] | null>(null);
  const make = $api.useMutation('post', '/tokens', { gcTime: 0 });
  const set = (change: Partial<Draft>) => setDraft((was) => ({ ...was, ...change }));
  const lacking = missing(draft);
  const again = make.error instanceof ProblemError && make.error.code === 'reauthentication_needed';

  const submit = () => {
    setAsked(true);
    if (lacking) return;
    const { kind } = draft;
    make.mutate(
      {
        body: {
          kind,
          name: draft.name.trim(),
          expires_in_seconds: draft.days * DAY_SECONDS,
          ...(kind === 'user' ? { scopes: [...draft.scopes] } : {}),
          ...(kind === 'execution'
            ? {
                library: draft.library,
                ...(draft.object ? { object: draft.object } : {}),
                ...(draft.object && draft.function ? { function: draft.function } : {}),
              }
            : {}),
          ...(kind === 'subtoken' ? { machine: draft.machine, allowed_users: [...draft.users] } : {}),
        },
      },
      {
        onSuccess: (made) => {
          setSecret(made);
          make.reset(); // nothing but the dialog holds it now
        },
      },
    );
  };

  return (
    <Page title="New token" crumbs={[{ label: 'Tokens', href: router.buildLocation({ to: '/tokens' }).href }]}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack maw={560}>
          <NativeSelect
            label="Kind"
            description={TOKEN_KINDS[draft.kind]?.text}
            value={draft.kind}
            onChange={(event) => set({ kind: event.currentTarget.value as NewKind })}
            data={(['execution', 'user', 'subtoken'] as const).map((value) => ({
              value,
              label: TOKEN_KINDS[value]?.word ?? value,
            }))}
          />
          <TextInput
            label="Name"
            description="What will use it, for example billing."
            required
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          {draft.kind === 'execution' && <Bound draft={draft} set={set} owner={me.name} />}
          {draft.kind === 'subtoken' && (
            <>
              <MachineChoice draft={draft} set={set} />
              <TextInput
                label="Users"
                description="Who may use it beside their own token, by name."
                value={users}
                onChange={(event) => {
                  setUsers(event.currentTarget.value);
                  set({ users: event.currentTarget.value.split(/[\s,]+/).filter(Boolean) });
                }}
              />
            </>
          )}
          {draft.kind === 'user' && (
            <Checkbox.Group label="What it may do" value={[...draft.scopes]} onChange={(scopes) => set({ scopes })}>
              <Stack gap={6} mt={6}>
                {me.scopes.map((scope) => (
                  <Checkbox key={scope} value={scope} label={`${SCOPES[scope] ?? scope} (${scope})`} />
                ))}
              </Stack>
            </Checkbox.Group>
          )}
          <NativeSelect
            label="Ends after"
            value={String(draft.days)}
            onChange={(event) => set({ days: Number(event.currentTarget.value) })}
            data={DAYS.map((days) => ({ value: String(days), label: days === 1 ? '1 day' : `${days} days` }))}
          />
          <Alert variant="outline" color="gray" title="What it will be able to do">
            <span className="name">{summary(draft)}</span>
          </Alert>
          {asked && lacking && (
            <Text c="red" role="alert">
              {lacking}
            </Text>
          )}
          {make.error && !again && <Problem error={make.error} />}
          <Group>
            <Button type="submit" loading={make.isPending}>
              Make the token
            </Button>
          </Group>
        </Stack>
      </form>
      <Reauthenticate
        opened={again}
        onCancel={() => make.reset()}
        onDone={() => {
          make.reset();
          submit();
        }}
      />
      <Secret
        made={secret}
        onDone={() => {
          setSecret(null);
          void navigate({ to: '/tokens' });
        }}
      />
    </Page>
  );
}

interface PartProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

function Bound({ draft, set, owner }: PartProps & { owner: string }) {
  const libraries = $api.useQuery('get', '/libraries', { params: { query: { owner, limit: 200 } } });
  const [of = '', library = ''] = draft.library.split('/');
  const objects = $api.useQuery(
    'get',
    '/owners/{owner}/libraries/{library}/objects',
    { params: { path: { owner: of, library }, query: { limit: 200 } } },
    { enabled: library !== '' },
  );
  const chosen = $api.useQuery(
    'get',
    '/owners/{owner}/libraries/{library}/objects/{name}',
    { params: { path: { owner: of, library, name: draft.object } } },
    { enabled: draft.object !== '' },
  );
  const functions = draft.object === '' ? [] : (chosen.data?.functions ?? []);
  return (
    <>
      <NativeSelect
        label="Library"
        required
        value={draft.library}
        onChange={(event) => set({ library: event.currentTarget.value, object: '', function: '' })}
        data={[
          { value: '', label: 'Choose one' },
          ...(libraries.data?.items ?? []).map((one) => ({
            value: `${one.owner}/${one.name}`,
            label: `${one.owner}/${one.name}`,
          })),
        ]}
      />
      <NativeSelect
        label="Object"
        description="One alone is the least that it can be."
        value={draft.object}
        onChange={(event) => set({ object: event.currentTarget.value, function: '' })}
        data={[
          { value: '', label: 'Everything in the library' },
          ...(objects.data?.items ?? []).map((one) => ({ value: one.name, label: one.name })),
        ]}
      />
      {functions.length > 1 && (
        <NativeSelect
          label="Function"
          description="One function of the object, if not all."
          value={draft.function}
          onChange={(event) => set({ function: event.currentTarget.value })}
          data={[{ value: '', label: 'All of the object' }, ...functions]}
        />
      )}
    </>
  );
}

function MachineChoice({ draft, set }: PartProps) {
  const { data } = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  return (
    <NativeSelect
      label="Machine"
      required
      value={draft.machine}
      onChange={(event) => set({ machine: event.currentTarget.value })}
      data={[
        { value: '', label: 'Choose one' },
        ...(data?.items ?? [])
          .filter((one) => one.can.includes('admin'))
          .map((one) => ({ value: one.id, label: one.name })),
      ]}
    />
  );
}
