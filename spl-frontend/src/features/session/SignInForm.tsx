import { Button, PasswordInput, Stack } from '@mantine/core';
import { useState } from 'react';
import { $api } from '@/api/client';
import { rememberCsrf } from '@/api/csrf';
import { Problem } from '@/components/Problem';

const CODE = /^spll_/;

/** Signs in with a user's token or a one-time code. Neither is kept: the server answers with a cookie. */
export function SignInForm({ onDone, action = 'Sign in' }: { onDone: () => void; action?: string }) {
  const [secret, setSecret] = useState('');
  const signIn = $api.useMutation('post', '/session', { gcTime: 0 });
  const submit = () => {
    const given = secret.trim();
    if (given === '') return;
    signIn.mutate(
      { body: CODE.test(given) ? { code: given } : { token: given } },
      {
        onSuccess: (session) => {
          rememberCsrf(session.csrf);
          setSecret('');
          signIn.reset();
          onDone();
        },
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <PasswordInput
          label="Token or one-time code"
          description="A user token (splu_…), or the code that whoever runs this server gave you (spll_…)."
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          autoComplete="off"
          required
          data-autofocus
        />
        {signIn.error ? <Problem error={signIn.error} /> : null}
        <Button type="submit" loading={signIn.isPending}>
          {action}
        </Button>
      </Stack>
    </form>
  );
}
