import { Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Command } from './Copy';

interface EmptyProps {
  title: string;
  text?: string;
  /** What to type next, to be copied. */
  command?: string;
  action?: ReactNode;
}

/** Nothing is here yet, and this is what to do about it. */
export function Empty({ title, text, command, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md">
      <Text fw={650} size="lg" ta="center">
        {title}
      </Text>
      {text && (
        <Text c="dimmed" ta="center" maw={520}>
          {text}
        </Text>
      )}
      {command && <Command text={command} />}
      {action}
    </Stack>
  );
}

/** The place that content will take, while it is on its way. */
export function Loading({ rows = 5, height = 28 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars without a meaning of their own
        <Skeleton key={index} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
