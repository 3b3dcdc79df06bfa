import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface DialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** Neither Escape nor a click beside it closes: what it shows is not shown again. */
  locked?: boolean;
  size?: string;
  children: ReactNode;
}

/** A dialog. Its title stands in its body, so that the page has one banner. */
export function Dialog({ opened, onClose, title, locked = false, size = 'lg', children }: DialogProps) {
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
      <Modal.Content>
        <Modal.Body>
          <Modal.Title className="dialog-title">{title}</Modal.Title>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
