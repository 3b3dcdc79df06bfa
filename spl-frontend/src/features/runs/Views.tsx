import { Button, Menu, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type RunsSearch, runsSearch } from './search';

const KEPT = 'spl-run-views';

interface ViewsProps {
  search: RunsSearch;
  onChoose: (view: RunsSearch) => void;
}

/** Filters under a name, kept in this browser. */
export function Views({ search, onChoose }: ViewsProps) {
  const [views, setViews] = useState(load);
  const [name, setName] = useState('');
  const keep = (next: Record<string, RunsSearch>) => {
    setViews(next);
    localStorage.setItem(KEPT, JSON.stringify(next));
  };
  return (
    <Menu closeOnItemClick withinPortal>
      <Menu.Target>
        <Button variant="default" size="xs">
          Views
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(views).map(([title, view]) => (
          <Menu.Item key={title} onClick={() => onChoose(view)} className="name">
            {title}
          </Menu.Item>
        ))}
        {Object.keys(views).map((title) => (
          <Menu.Item
            key={title}
            color="red"
            onClick={() => keep(Object.fromEntries(Object.entries(views).filter(([one]) => one !== title)))}
          >
            Forget {title}
          </Menu.Item>
        ))}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) keep({ ...views, [name.trim()]: search });
            setName('');
          }}
        >
          <TextInput
            size="xs"
            m="xs"
            label="Keep these filters as"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}

function load(): Record<string, RunsSearch> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).map(([name, view]) => [name, runsSearch(view ?? {})]));
  } catch {
    return {};
  }
}
