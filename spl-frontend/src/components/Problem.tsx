import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ProblemError, Unreachable } from '@/api/problems';
import { CopyButton } from './Copy';

interface ProblemProps {
  error: unknown;
  onRetry?: () => void;
}

/** What went wrong, where, and what to do next: in the server's own words where it has any. */
export function Problem({ error, onRetry }: ProblemProps) {
  const told = words(error);
  return (
    <Alert variant="outline" color="red" icon={<IconAlertTriangle aria-hidden />} title={told.title} role="alert">
      <Text size="sm">{told.text}</Text>
      {told.hint && (
        <Text size="sm" mt="xs">
          {told.hint}
        </Text>
      )}
      <Group gap="xs" mt="sm">
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {told.code && <Code>{told.code}</Code>}
        {told.requestId && (
          <Group gap={2}>
            <Text size="xs" c="dimmed">
              Request {told.requestId}
            </Text>
            <CopyButton text={told.requestId} label="Copy request id" />
          </Group>
        )}
      </Group>
    </Alert>
  );
}

interface Words {
  title: string;
  text: string;
  hint?: string | null;
  code?: string;
  requestId?: string | null;
}

/** The words for an error of any kind. */
export function words(error: unknown): Words {
  if (error instanceof ProblemError) {
    const wait = error.retryAfter ? ` Come back in ${error.retryAfter} s.` : '';
    return {
      title: error.title,
      text: `${error.detail || titles(error.status)}${wait}`,
      hint: error.hint,
      code: error.code,
      requestId: error.requestId,
    };
  }
  if (error instanceof Unreachable) return { title: 'No answer', text: error.message };
  return { title: 'Something went wrong on this page', text: error instanceof Error ? error.message : String(error) };
}

function titles(status: number): string {
  if (status === 403) return 'You have no right to do this.';
  if (status === 404) return 'There is nothing here, or nothing that you may see.';
  if (status >= 500) return 'The server failed. What you did may not have happened.';
  return 'The server refused this.';
}
