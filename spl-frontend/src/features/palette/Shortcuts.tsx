import { Group, Kbd, Stack, Text } from '@mantine/core';
import { Dialog } from '@/components/Dialog';
import { KEYS } from './keys';

/** The list of keys. */
export default function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Keys" size="sm">
      <Stack gap={6}>
        {KEYS.map((one) => (
          <Group key={one.keys} justify="space-between">
            <Text>{one.text}</Text>
            <Kbd>{one.keys}</Kbd>
          </Group>
        ))}
      </Stack>
    </Dialog>
  );
}
