import { Box, Button, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import './json.css';

// So many at once; more come when they are asked for, so that a million entries don't freeze the page.
const PAGE = 100;
const LONG_TEXT = 2_000;

interface JsonTreeProps {
  value: unknown;
  label?: string;
  /** How many levels stand open. */
  open?: number;
}

/** Any JSON value as a tree that opens level by level. */
export function JsonTree({ value, label = 'Value', open = 2 }: JsonTreeProps) {
  return (
    <Box className="json" role="region" aria-label={label} tabIndex={0}>
      <Node value={value} open={open} />
    </Box>
  );
}

function Node({ name, value, open }: { name?: string; value: unknown; open: number }) {
  if (typeof value === 'object' && value !== null) {
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((item, index): [string, unknown] => [String(index), item])
      : Object.entries(value);
    return <Branch name={name} entries={entries} list={Array.isArray(value)} open={open} />;
  }
  return (
    <div className="json-line">
      <Name name={name} />
      <Leaf value={value} />
    </div>
  );
}

interface BranchProps {
  name: string | undefined;
  entries: [string, unknown][];
  list: boolean;
  open: number;
}

function Branch({ name, entries, list, open }: BranchProps) {
  const [isOpen, setOpen] = useState(open > 0);
  const [shown, setShown] = useState(PAGE);
  const size = `${entries.length} ${list ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'key' : 'keys'}`;
  if (entries.length === 0)
    return (
      <div className="json-line">
        <Name name={name} />
        {list ? '[]' : '{}'}
      </div>
    );
  return (
    <div>
      <UnstyledButton className="json-line json-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span aria-hidden>{isOpen ? '▾' : '▸'} </span>
        <Name name={name} />
        <span className="json-size">
          {list ? '[' : '{'} {size} {list ? ']' : '}'}
        </span>
      </UnstyledButton>
      {isOpen && (
        <div className="json-level">
          {entries.slice(0, shown).map(([key, item]) => (
            <Node key={key} name={key} value={item} open={open - 1} />
          ))}
          {entries.length > shown && (
            <Button variant="subtle" size="compact-xs" onClick={() => setShown(shown + PAGE * 10)}>
              {entries.length - shown} more
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className="json-name">{name}: </span>;
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span className="json-word">{String(value)}</span>;
  const cut = !whole && value.length > LONG_TEXT;
  return (
    <span className="json-text">
      {JSON.stringify(cut ? value.slice(0, LONG_TEXT) : value)}
      {cut && (
        <Button variant="subtle" size="compact-xs" onClick={() => setWhole(true)}>
          {value.length - LONG_TEXT} characters more
        </Button>
      )}
    </span>
  );
}
