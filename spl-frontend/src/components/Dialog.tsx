import { Box, Modal } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface DialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** Neither Escape nor a click beside it closes: what it shows is not shown again. */
  locked?: boolean;
  size?: string;
  children: ReactNode;
}

/** A dialog whose heading is not a second banner of the page. */
export function Dialog({ opened, onClose, title, locked = false, size = 'lg', children }: DialogProps) {
  const id = useId();
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      size={size}
      closeOnEscape={!locked}
      closeOnClickOutside={!locked}
      centered
    >
      <Modal.Overlay />
      <Modal.Content aria-labelledby={id}>
        <Modal.Body>
          <Box component="h2" id={id} className="dialog-title">
            {title}
          </Box>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
