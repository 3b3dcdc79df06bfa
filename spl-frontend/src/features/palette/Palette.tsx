import { Text, TextInput, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useRouter } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { $api } from '@/api/client';
import { Dialog } from '@/components/Dialog';
import './palette.css';

interface Choice {
  id: string;
  label: string;
  about: string;
  go: () => void;
}

/** Goes anywhere and does anything by typing: pages and actions at once, objects and runs as the server finds them. */
export default function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const router = useRouter();
  const { setColorScheme } = useMantineColorScheme();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const [wanted] = useDebouncedValue(typed.trim(), 200);
  const id = useId();
  const asks = { enabled: wanted.length > 1, meta: { live: false } };
  const objects = $api.useQuery('get', '/objects', { params: { query: { q: wanted, limit: 8 } } }, asks);
  const runs = $api.useQuery('get', '/remote-runs', { params: { query: { q: wanted, limit: 5 } } }, asks);
  const machines = $api.useQuery('get', '/machines', { params: { query: { limit: 200 } } }, { meta: { live: false } });
  const to = (path: string) => () => void router.navigate({ to: path });
  const fixed: Choice[] = [
    ...[
      ['Overview', '/'],
      ['Runs', '/runs'],
      ['Libraries', '/libraries'],
      ['Machines', '/machines'],
      ['Tokens', '/tokens'],
      ['Access', '/access'],
      ['Audit', '/audit'],
      ['Settings', '/settings'],
      ['Help', '/help'],
    ].map(([label = '', path = '']) => ({ id: path, label, about: 'Page', go: to(path) })),
    { id: 'add', label: 'Add a machine', about: 'Action', go: to('/machines/new') },
    { id: 'token', label: 'New token', about: 'Action', go: to('/tokens/new') },
    { id: 'light', label: 'Light theme', about: 'Action', go: () => setColorScheme('light') },
    { id: 'dark', label: 'Dark theme', about: 'Action', go: () => setColorScheme('dark') },
    { id: 'auto', label: 'Theme as the system', about: 'Action', go: () => setColorScheme('auto') },
  ];
  const fits = (text: string) => text.toLowerCase().includes(typed.trim().toLowerCase());
  const found: Choice[] = [
    ...fixed.filter((one) => fits(one.label)),
    ...(wanted.length > 1 ? (machines.data?.items ?? []) : [])
      .filter((one) => fits(`${one.name} ${one.display_name}`))
      .slice(0, 5)
      .map((one) => ({
        id: one.id,
        label: one.display_name || one.name,
        about: 'Machine',
        go: () => void router.navigate({ to: '/machines/$machineId', params: { machineId: one.id } }),
      })),
    ...(objects.data?.items ?? []).map((one) => ({
      id: one.id,
      label: `${one.owner}/${one.library}/${one.name}`,
      about: 'Object',
      go: () =>
        void router.navigate({
          to: '/libraries/$owner/$library/$name',
          params: { owner: one.owner, library: one.library, name: one.name },
        }),
    })),
    ...(runs.data?.items ?? []).map((one) => ({
      id: one.id,
      label: `${one.object} ${one.id}`,
      about: 'Run',
      go: () => void router.navigate({ to: '/runs/$runId', params: { runId: one.id } }),
    })),
  ];
  const chosen = Math.min(at, found.length - 1);
  const choose = (one: Choice | undefined) => {
    if (!one) return;
    onClose();
    one.go();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title="Search and commands">
      <TextInput
        aria-label="Search and commands"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
        placeholder="A page, an object, a machine, a run, an action"
        value={typed}
        data-autofocus
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, found.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
          else if (event.key === 'Enter') choose(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Found" className="palette">
        {found.map((one, index) => (
          <UnstyledButton
            key={`${one.about} ${one.id}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className="palette-line"
            tabIndex={-1}
            onClick={() => choose(one)}
          >
            <span className="name">{one.label}</span>
            <Text span size="xs" c="dimmed">
              {one.about}
            </Text>
          </UnstyledButton>
        ))}
        {found.length === 0 && (
          <Text c="dimmed" p="sm" role="option" aria-selected={false}>
            Nothing has this in its name.
          </Text>
        )}
      </div>
    </Dialog>
  );
}
