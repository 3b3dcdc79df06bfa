import '@mantine/core/styles/NumberInput.css';
import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useMemo, useState } from 'react';
import { apiUrl } from '@/api/base';
import { $api, request } from '@/api/client';
import { exactJson } from '@/api/exact';
import { ProblemError } from '@/api/problems';
import type { Schemas } from '@/api/types';
import { Loading } from '@/components/Empty';
import { JsonTree } from '@/components/JsonTree';
import { Problem } from '@/components/Problem';
import { RunStateBadge } from '@/words/runStates';
import { asTyped, type Field, fieldOf, readForm, type Schema, type Typed } from './fields';

interface CallFormProps {
  owner: string;
  library: string;
  name: string;
  version?: number;
  functionName?: string;
  initial?: Record<string, unknown>;
  onStarted?: (runId: string) => void;
}

type Input = Schemas['DetailedInput'];

/** A form for a call, made from the signature. What is typed survives a reload and a refusal. */
export function CallForm(props: CallFormProps) {
  const { owner, library, name, version, functionName } = props;
  const { data, error } = $api.useQuery('get', '/owners/{owner}/libraries/{library}/objects/{name}/inputs', {
    params: {
      path: { owner, library, name },
      query: { ...(version ? { version: String(version) } : {}), ...(functionName ? { function: functionName } : {}) },
    },
  });
  if (error) return <Problem error={error} />;
  if (!Array.isArray(data)) return <Loading rows={3} />;
  return <Filled {...props} inputs={data} />;
}

function Filled({
  owner,
  library,
  name,
  version,
  functionName,
  initial,
  onStarted,
  inputs,
}: CallFormProps & { inputs: Input[] }) {
  const fields = useMemo(
    () =>
      inputs
        .filter((input) => !input.kind.startsWith('var'))
        .map((input) => fieldOf({ ...input, schema: input.schema as Schema })),
    [inputs],
  );
  const kept = `spl-form ${owner}/${library}/${name}::${functionName ?? ''}`;
  const [typed, setTyped] = useState<Typed>(() => begin(fields, initial, kept));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [machine, setMachine] = useState('');
  const [timeout, setTimeout] = useState('');
  const [runId, setRunId] = useState<string | null>(null);
  const id = useId();
  const machines = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } });
  // One key for one press of the button: a second answer to the same press is the same run.
  const start = useMutation({
    mutationFn: async (kwargs: string) => {
      const rest = JSON.stringify({
        object: name,
        owner,
        library,
        ...(functionName ? { function: functionName } : {}),
        ...(version ? { version } : {}),
        ...(machine ? { target_machine: machine } : {}),
        ...(timeout ? { timeout_seconds: Number(timeout) } : {}),
        queue: true,
        idempotency_key: crypto.randomUUID(),
      });
      const answer = await request(
        new Request(apiUrl('/remote-runs'), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
          // By hand, so that an integer of any length goes out as it was typed.
          body: `${rest.slice(0, -1)},"kwargs":${kwargs}}`,
        }),
      );
      return JSON.parse(exactJson(await answer.text())) as Schemas['RunView'];
    },
    onSuccess: (run) => {
      setRunId(run.id);
      onStarted?.(run.id);
    },
    onError: (error) => {
      const told = error instanceof ProblemError ? error.details.problems : null;
      if (Array.isArray(told)) {
        const found = told.filter((one): one is { name: string; text: string } => typeof one?.name === 'string');
        setWrong(Object.fromEntries(found.map((one) => [one.name, one.text])));
      }
    },
  });

  const change = (field: string, value: string) => {
    const next = { ...typed, [field]: value };
    setTyped(next);
    sessionStorage.setItem(kept, JSON.stringify(next));
  };
  const submit = () => {
    const read = readForm(fields, typed);
    if ('wrong' in read) {
      setWrong(read.wrong);
      const first = fields.find((field) => field.name in read.wrong);
      if (first) document.getElementById(`${id}-${first.name}`)?.focus();
      return;
    }
    setWrong({});
    start.mutate(read.json);
  };

  return (
    <form
      aria-label={`Call ${name}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack maw={640} gap="md">
        {fields.length === 0 && <Text c="dimmed">It takes no inputs.</Text>}
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            id={`${id}-${field.name}`}
            field={field}
            value={typed[field.name] ?? ''}
            error={wrong[field.name]}
            onChange={(value) => change(field.name, value)}
          />
        ))}
        <Group grow align="flex-start">
          <NativeSelect
            label="Machine"
            description="Left open, the library decides."
            value={machine}
            onChange={(event) => setMachine(event.currentTarget.value)}
            data={[
              { value: '', label: 'Wherever it may run' },
              ...(machines.data?.items ?? []).map((one) => ({
                value: one.id,
                label: `${one.display_name || one.name}${one.online ? '' : ' (offline: it would wait)'}`,
              })),
            ]}
          />
          <TextInput
            label="Time limit in seconds"
            description="Left open, the machine decides."
            inputMode="decimal"
            value={timeout}
            onChange={(event) => setTimeout(event.currentTarget.value.replace(/[^\d.]/g, ''))}
          />
        </Group>
        {start.error && <Problem error={start.error} />}
        <Group>
          <Button type="submit" loading={start.isPending}>
            Run
          </Button>
        </Group>
        {runId && <Outcome runId={runId} />}
      </Stack>
    </form>
  );
}

interface FieldInputProps {
  id: string;
  field: Field;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function FieldInput({ id, field, value, error, onChange }: FieldInputProps) {
  const shared = {
    id,
    label: field.name,
    description: `${field.type}${field.default !== null ? `, ${field.default} where nothing is given` : ''}`,
    required: field.required,
    error,
    value,
  };
  if (field.control === 'boolean' || field.control === 'choice') {
    const choices = field.control === 'boolean' ? ['true', 'false'] : field.choices;
    return (
      <NativeSelect
        {...shared}
        data={[{ value: '', label: field.required ? 'Choose one' : 'Nothing given' }, ...choices]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (field.control === 'json')
    return (
      <Textarea
        {...shared}
        autosize
        minRows={2}
        maxRows={14}
        placeholder="JSON"
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
    );
  const types = { date: 'date', datetime: 'datetime-local' } as const;
  return (
    <TextInput
      {...shared}
      type={field.control in types ? types[field.control as keyof typeof types] : 'text'}
      inputMode={field.control === 'integer' ? 'numeric' : field.control === 'number' ? 'decimal' : 'text'}
      autoComplete="off"
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** What became of the call, while one waits and afterwards. */
function Outcome({ runId }: { runId: string }) {
  const { data: run, error } = $api.useQuery('get', '/remote-runs/{run_id}', { params: { path: { run_id: runId } } });
  if (error) return <Problem error={error} />;
  if (!run) return <Loading rows={1} />;
  const failure = run.error as { type?: string; message?: string } | null;
  return (
    <Stack gap="xs" role="status" aria-label="Outcome">
      <Group>
        <RunStateBadge state={run.state} />
        <Link to="/runs/$runId" params={{ runId }}>
          Open the run
        </Link>
      </Group>
      {run.waiting && run.state === 'queued' && <Text size="sm">{run.waiting.text}</Text>}
      {failure && (
        <Text c="red" className="name">
          {[failure.type, failure.message].filter(Boolean).join(': ')}
        </Text>
      )}
      {run.state === 'succeeded' && <JsonTree label="Result" value={run.result} />}
    </Stack>
  );
}

function begin(fields: readonly Field[], initial: Record<string, unknown> | undefined, kept: string): Typed {
  if (initial) {
    return Object.fromEntries(
      fields.filter((field) => field.name in initial).map((field) => [field.name, asTyped(field, initial[field.name])]),
    );
  }
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(kept) ?? '{}');
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}
