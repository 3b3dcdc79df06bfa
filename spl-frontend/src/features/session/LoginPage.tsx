import { Box, Paper, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Command } from '@/components/Copy';
import { SignInForm } from './SignInForm';

/** The only page for somebody who is not signed in. */
export default function LoginPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { next } = useSearch({ strict: false });
  useEffect(() => {
    document.title = 'Sign in · SPLime';
  }, []);
  const done = () => {
    client.clear();
    void navigate({ to: safePath(next), replace: true });
  };
  return (
    <Box component="main" className="login">
      <Paper withBorder p="xl" maw={460} w="100%">
        <Title order={1} size="h2" mb="xs">
          Sign in to SPLime
        </Title>
        <Text c="dimmed" mb="lg">
          {new URL(document.baseURI).host}
        </Text>
        <SignInForm onDone={done} />
        <Text size="sm" c="dimmed" mt="lg" mb={4}>
          No token yet? On the server's own machine:
        </Text>
        <Command text="spl-server init-admin NAME" />
      </Paper>
    </Box>
  );
}

/** Where to go after signing in: a path of ours, never another site. */
export function safePath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return next;
}
