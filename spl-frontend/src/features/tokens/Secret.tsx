import { Button, Group, Stack, Text } from '@mantine/core';
import { base } from '@/api/base';
import type { Schemas } from '@/api/types';
import { Command } from '@/components/Copy';
import { Dialog } from '@/components/Dialog';
import { Section } from '@/components/Page';

interface SecretProps {
  /** A credential with its raw value; nothing else may hold it. */
  made: Schemas['TokenCreated'] | null;
  onDone: () => void;
}

/** Shows a new credential, this once: neither Escape nor a click beside it closes the dialog. */
export function Secret({ made, onDone }: SecretProps) {
  return (
    <Dialog opened={made !== null} onClose={() => {}} title="Copy the token now" locked>
      {made && <Shown made={made} onDone={onDone} />}
    </Dialog>
  );
}

function Shown({ made, onDone }: { made: Schemas['TokenCreated']; onDone: () => void }) {
  const library = (made.library ?? '').split('/')[1] ?? '';
  const name = made.function ? `${made.object}::${made.function}` : (made.object ?? '<object>');
  return (
    <Stack>
      <Text>It is shown this once. Whoever has it can use it.</Text>
      <Command text={made.token} label="Copy the token" />
      <Section title="For a program's environment">
        <Command text={`SPL_TOKEN=${made.token}`} label="Copy the environment line" />
      </Section>
      {made.kind === 'execution' && (
        <Section title="In Python">
          <Command
            label="Copy the Python lines"
            text={[
              'import os',
              'from spl.server_client import SPLServerClient',
              '',
              `server = SPLServerClient.external_token(os.environ["SPL_TOKEN"], base_url=${JSON.stringify(`${base()}api`)})`,
              `result = server.call(${JSON.stringify(name)}, library=${JSON.stringify(library)}, kwargs={})`,
              'print(result.value)',
            ].join('\n')}
          />
        </Section>
      )}
      <Group justify="flex-end">
        <Button onClick={onDone}>I have it</Button>
      </Group>
    </Stack>
  );
}
