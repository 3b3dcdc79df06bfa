import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { $api } from '@/api/client';
import { ProblemError } from '@/api/problems';
import type { Schemas } from '@/api/types';
import { Dialog } from '@/components/Dialog';
import { Problem } from '@/components/Problem';
import { Reauthenticate } from '@/features/session/Reauthenticate';
import { Secret } from './Secret';

// How long the old one goes on: enough for a deploy, a day, a week.
const OVERLAPS = [
  { value: '0', label: 'At once' },
  { value: '3600', label: 'After an hour' },
  { value: '86400', label: 'After a day' },
  { value: '604800', label: 'After a week' },
];

interface RotateProps {
  token: Schemas['TokenView'] | null;
  onClose: () => void;
}

/** A new credential in place of one: the same rights, another secret. */
export function Rotate({ token, onClose }: RotateProps) {
  const [overlap, setOverlap] = useState('3600');
  const [made, setMade] = useState<Schemas['TokenCreated'] | null>(null);
  const rotate = $api.useMutation('post', '/tokens/{id}/rotate', { gcTime: 0 });
  const again = rotate.error instanceof ProblemError && rotate.error.code === 'reauthentication_needed';
  const submit = () =>
    token &&
    rotate.mutate(
      { params: { path: { id: token.id } }, body: { overlap_seconds: Number(overlap) } },
      {
        onSuccess: (found) => {
          setMade(found);
          rotate.reset(); // nothing but the dialog holds it now
        },
      },
    );
  const close = () => {
    setMade(null);
    rotate.reset();
    onClose();
  };
  return (
    <>
      <Dialog opened={token !== null && made === null && !again} onClose={close} title={`Rotate ${token?.name ?? ''}`}>
        <Stack>
          <Text>A new token with the same rights and the same length of life is made, and shown once.</Text>
          <NativeSelect
            label="The old one ends"
            value={overlap}
            onChange={(event) => setOverlap(event.currentTarget.value)}
            data={OVERLAPS}
          />
          {rotate.error && <Problem error={rotate.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button loading={rotate.isPending} onClick={submit}>
              Rotate
            </Button>
          </Group>
        </Stack>
      </Dialog>
      <Reauthenticate
        opened={again}
        onCancel={() => rotate.reset()}
        onDone={() => {
          rotate.reset();
          submit();
        }}
      />
      <Secret made={made} onDone={close} />
    </>
  );
}
