import { Button, Group, Text } from '@mantine/core';
import { Dialog } from '@/components/Dialog';
import { useLive } from '@/live/useLive';
import { SignInForm } from './SignInForm';

interface ReauthenticateProps {
  opened: boolean;
  onDone: () => void;
  /** Left out where there is no going on without signing in. */
  onCancel?: () => void;
  text?: string;
}

/** Asks to sign in again without losing what is on the page. */
export function Reauthenticate({ opened, onDone, onCancel, text }: ReauthenticateProps) {
  const { restart } = useLive();
  return (
    <Dialog opened={opened} onClose={onCancel ?? (() => {})} title="Sign in again" locked={!onCancel} size="md">
      <Text mb="md">{text ?? 'This needs somebody who signed in within the last ten minutes.'}</Text>
      <SignInForm
        action="Go on"
        onDone={() => {
          restart();
          onDone();
        }}
      />
      {onCancel && (
        <Group justify="flex-end" mt="sm">
          <Button variant="subtle" onClick={onCancel}>
            Not now
          </Button>
        </Group>
      )}
    </Dialog>
  );
}
