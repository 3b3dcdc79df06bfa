import { ActionIcon, Box, Code, CopyButton as MantineCopy } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

/** A button that copies a text, and says that it did. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  return (
    <MantineCopy value={text} timeout={1_500}>
      {({ copied, copy }) => (
        <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={copied ? 'Copied' : label} title={label}>
          {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        </ActionIcon>
      )}
    </MantineCopy>
  );
}

/** Text for a terminal or a notebook, with a button that copies it. */
export function Command({ text, label = 'Copy' }: { text: string; label?: string }) {
  return (
    <Box pos="relative" className="command">
      <Code block className="command-text" tabIndex={0} role="region" aria-label={label.replace(/^Copy /, '')}>
        {text}
      </Code>
      <Box pos="absolute" top={4} right={4}>
        <CopyButton text={text} label={label} />
      </Box>
    </Box>
  );
}
