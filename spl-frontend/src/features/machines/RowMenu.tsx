import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { Machine } from './list';

interface RowMenuProps {
  machine: Machine;
  onDrain: () => void;
  onRemove: () => void;
}

/** What can be done with one machine of a list; what needs a form is on its page. */
export function RowMenu({ machine, onDrain, onRemove }: RowMenuProps) {
  const navigate = useNavigate();
  const open = () => void navigate({ to: '/machines/$machineId', params: { machineId: machine.id }, hash: 'change' });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${machine.name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={open}>Rename, labels, most runs</Menu.Item>
        <Menu.Item onClick={onDrain}>{machine.draining ? 'Let it work again' : 'Drain'}</Menu.Item>
        <Menu.Item c="var(--spl-bad)" onClick={onRemove}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
