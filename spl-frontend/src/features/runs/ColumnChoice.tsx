import { Button, Checkbox, Menu, Stack } from '@mantine/core';
import { useState } from 'react';
import { RUN_COLUMNS } from './columns';

const KEPT = 'spl-run-columns';
// Without these a row says nothing.
const FIXED = new Set(['state', 'object']);

/** The columns of the list that this browser's user wants, and how to choose others. */
export function useColumns() {
  const [hidden, setHidden] = useState(load);
  const toggle = (id: string, shown: boolean) => {
    const next = new Set(hidden);
    if (shown) next.delete(id);
    else next.add(id);
    setHidden(next);
    localStorage.setItem(KEPT, JSON.stringify([...next]));
  };
  return { columns: RUN_COLUMNS.filter((one) => !hidden.has(one.id)), hidden, toggle };
}

interface ColumnChoiceProps {
  hidden: ReadonlySet<string>;
  onToggle: (id: string, shown: boolean) => void;
}

export function ColumnChoice({ hidden, onToggle }: ColumnChoiceProps) {
  return (
    <Menu closeOnItemClick={false} withinPortal>
      <Menu.Target>
        <Button variant="default" size="xs">
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap={6} p="xs" role="group" aria-label="Columns of the list">
          {RUN_COLUMNS.filter((one) => !FIXED.has(one.id)).map((one) => (
            <Checkbox
              key={one.id}
              label={one.header}
              checked={!hidden.has(one.id)}
              onChange={(event) => onToggle(one.id, event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </Menu.Dropdown>
    </Menu>
  );
}

function load(): Set<string> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    const known = new Set(RUN_COLUMNS.map((one) => one.id).filter((id) => !FIXED.has(id)));
    return new Set(Array.isArray(found) ? found.filter((one): one is string => known.has(one)) : []);
  } catch {
    return new Set();
  }
}
