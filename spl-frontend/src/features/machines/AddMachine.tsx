import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { Alert, Button, Checkbox, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { base } from '@/api/base';
import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';
import { Command } from '@/components/Copy';
import { Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { duration } from '@/lib/format';
import { useNow } from '@/lib/time';

/** A name, a command for the machine itself, and the moment when it is there. */
export function AddMachine({ onBegun }: { onBegun?: () => void }) {
  const [name, setName] = useState('');
  const [labels, setLabels] = useState('');
  const [publishes, setPublishes] = useState(true);
  const enrol = $api.useMutation('post', '/daemon-enrollment', { gcTime: 0 });
  const submit = () =>
    enrol.mutate(
      {
        body: {
          name: name.trim(),
          labels: labels
            .split(/[\s,]+/)
            .map((one) => one.trim())
            .filter(Boolean),
          may: publishes ? ['publish', 'call'] : [],
          issue: 'code',
        },
      },
      { onSuccess: () => onBegun?.() },
    );
  if (enrol.data) return <Pairing place={enrol.data} onAgain={submit} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack maw={480}>
        <TextInput
          label="Name"
          description="As calls will name it, for example gpu-01."
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Labels"
          description="What it has that others lack, for example gpu linux. Libraries may ask for labels."
          value={labels}
          onChange={(event) => setLabels(event.currentTarget.value)}
        />
        <Checkbox
          label="Notebooks on it may publish to my libraries and call what I may call"
          checked={publishes}
          onChange={(event) => setPublishes(event.currentTarget.checked)}
        />
        {enrol.error && <Problem error={enrol.error} />}
        <Group>
          <Button type="submit" loading={enrol.isPending}>
            Get the command
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const SYSTEMS = ['Linux', 'macOS', 'Windows'] as const;
type System = (typeof SYSTEMS)[number];
const PACKAGES = 'pip install spl-framework spl-daemon';
const INSTALL: Record<System, string> = {
  Linux: `python3 -m ${PACKAGES}`,
  macOS: `python3 -m ${PACKAGES}`,
  Windows: `py -m ${PACKAGES}`,
};

/** What the reader sits at: most add their own machine first. */
function ownSystem(): System {
  if (/mac/i.test(navigator.userAgent)) return 'macOS';
  return /win/i.test(navigator.userAgent) ? 'Windows' : 'Linux';
}

function Pairing({ place, onAgain }: { place: Schemas['EnrolmentView']; onAgain: () => void }) {
  const now = useNow(1_000);
  const { data: machine } = $api.useQuery('get', '/machines/{machine}', {
    params: { path: { machine: place.machine_id } },
  });
  const there = machine?.online ?? false;
  const left = place.expires_at - now;
  const [system, setSystem] = useState<System>(ownSystem);
  const command = `spl-daemon join ${base()}api ${place.code ?? ''}`;
  return (
    <Stack maw={720}>
      {there ? (
        <Alert
          variant="outline"
          color="green"
          icon={<IconCheck aria-hidden />}
          title={`${place.name} is connected`}
          role="status"
        >
          <Link to="/machines/$machineId" params={{ machineId: place.machine_id }}>
            Open its page
          </Link>
        </Alert>
      ) : (
        <Alert variant="outline" color="orange" title={`Waiting for ${place.name}`} role="status">
          {left > 0 ? `The code works once, for ${duration(left)} more.` : 'The code has expired.'}
          {left <= 0 && (
            <Button size="xs" mt="sm" onClick={onAgain}>
              Get another
            </Button>
          )}
        </Alert>
      )}
      <SegmentedControl
        aria-label="Its system"
        data={SYSTEMS.map((value) => ({ value, label: value }))}
        value={system}
        onChange={(value) => setSystem(SYSTEMS.find((one) => one === value) ?? 'Linux')}
      />
      <Section title="1. On that machine, once">
        <Command text={INSTALL[system]} label="Copy the install command" />
      </Section>
      <Section title="2. Start its daemon, if none runs">
        <Command text="spl-daemon serve" label="Copy the serve command" />
        {system === 'Linux' && (
          <Text size="sm" c="dimmed" mt="xs">
            To have it run always, there is a unit for systemd: deploy/systemd/spl-daemon.service.
          </Text>
        )}
      </Section>
      <Section title="3. Let it join, in another terminal">
        <Command text={command} label="Copy the join command" />
        <Text size="sm" c="dimmed" mt="xs">
          The code works once and is not shown again.
        </Text>
      </Section>
      {there && (
        <Section title="4. Publish something from a notebook on it">
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
        </Section>
      )}
    </Stack>
  );
}
