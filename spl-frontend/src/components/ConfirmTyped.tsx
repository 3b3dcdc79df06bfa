import { Button, Group, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Dialog } from './Dialog';
import { Problem } from './Problem';

interface ConfirmTypedProps {
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  /** What has to be typed; null where a click will do. */
  word: string | null;
  action: string;
  busy?: boolean;
  error?: unknown;
  children: ReactNode;
}

/** Asks once more before something that can't be taken back; a name has to be typed where the loss would be large. */
export function ConfirmTyped(props: ConfirmTypedProps) {
  const { opened, onClose, onConfirm, title, word, action, busy = false, error, children } = props;
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (word === null || typed === word) onConfirm();
        }}
      >
        <Text component="div" mb="md">
          {children}
        </Text>
        {word !== null && (
          <TextInput
            label={`Type ${word} to go on`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            mb="md"
            data-autofocus
          />
        )}
        {error ? <Problem error={error} /> : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            Keep it
          </Button>
          <Button type="submit" color="red" loading={busy} disabled={word !== null && typed !== word}>
            {action}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
