import { Box, Group, Stack, Text } from '@mantine/core';
import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { base } from '@/api/base';
import type { Schemas } from '@/api/types';
import { Command } from '@/components/Copy';
import { Section } from '@/components/Page';

interface Words {
  title: string;
  text: string;
  link?: { to: string; label: string };
  command?: (me: string) => string;
}

const STEPS: Record<string, Words> = {
  add_machine: {
    title: 'Add a machine',
    text: 'Any computer with Python 3.13: yours, a server, a GPU box.',
    link: { to: '/machines/new', label: 'Add a machine' },
  },
  connect_machine: {
    title: 'Let it connect',
    text: 'The command that adding shows, run on that machine, brings it here.',
    link: { to: '/machines', label: 'See your machines' },
  },
  publish_object: {
    title: 'Publish a function',
    text: 'From a notebook on a machine whose daemon is connected:',
    command: () =>
      [
        'from spl.client import SPLClient',
        '',
        'def add(a: int, b: int = 2) -> int:',
        '    return a + b',
        '',
        'SPLClient().publish(add, name="demo_add")',
      ].join('\n'),
  },
  run_object: {
    title: 'Run it',
    text: 'From its page here, or from Python:',
    command: (me) =>
      [
        'from spl.server_client import SPLServerClient',
        '',
        `server = SPLServerClient("<your-token>", base_url=${JSON.stringify(`${base()}api`)})`,
        `server.call("demo_add", owner=${JSON.stringify(me)}, library="default", kwargs={"a": 1})`,
      ].join('\n'),
  },
};

/** What is left to do before everything works. */
export function Setup({ steps, me }: { steps: Schemas['OverviewView']['setup']; me: string }) {
  const next = steps.find((step) => !step.done);
  return (
    <Section title="Getting started">
      <Stack gap="sm">
        {steps.map((step) => {
          const words = STEPS[step.step];
          if (!words) return null;
          const Icon = step.done ? IconCircleCheck : IconCircle;
          return (
            <Group key={step.step} align="flex-start" wrap="nowrap" gap="sm">
              <Icon size={20} aria-hidden color={step.done ? 'var(--spl-good)' : 'var(--spl-quiet)'} />
              <Box miw={0} flex={1}>
                <Text fw={600}>
                  {words.title}
                  {step.done ? ' (done)' : ''}
                </Text>
                {step === next && (
                  <Box mt={4}>
                    <Text size="sm" mb="xs">
                      {words.text} {words.link && <Link to={words.link.to}>{words.link.label}</Link>}
                    </Text>
                    {words.command && <Command text={words.command(me)} />}
                  </Box>
                )}
              </Box>
            </Group>
          );
        })}
      </Stack>
    </Section>
  );
}
