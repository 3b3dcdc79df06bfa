import { Box, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';
import { Loading } from './Empty';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** At least so wide, in pixels. */
  width?: number;
  /** Its share of what room is left; 1 where nothing is said, 0 keeps it at its width. */
  grow?: number;
  /** The name to sort by, where one can. */
  sort?: string;
  align?: 'left' | 'right';
  csv?: (row: T) => string | number | null;
}

export interface Sort {
  id: string;
  desc: boolean;
}

interface DataTableProps<T> {
  /** What the table is of, for whoever hears it. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** What a row's checkbox is called. */
  rowLabel?: (row: T) => string;
  sort?: Sort | null;
  onSort?: (sort: Sort) => void;
  selection?: ReadonlySet<string>;
  onSelection?: (selection: Set<string>) => void;
  /** The last row has come into view: there may be more. */
  onEnd?: () => void;
  loading?: boolean;
  empty?: ReactNode;
  rowHeight?: number;
  /** As many rows fit before the table scrolls by itself. */
  maxRows?: number;
}

const CHECKBOX = '2.5rem';

/** A table of any length: only the rows in view are in the document. Sorting and filtering are its owner's. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, rows, rowKey, sort, onSort, selection, onSelection, onEnd, loading, empty } = props;
  const { rowHeight = 44, maxRows = 15, rowLabel = rowKey } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const latestEnd = useRef(onEnd);
  latestEnd.current = onEnd;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 5) latestEnd.current?.();
  }, [last, rows.length]);

  const tracks = columns.map(
    (one) => `minmax(${one.width ?? 96}px, ${one.grow === 0 ? 'auto' : `${one.grow ?? 1}fr`})`,
  );
  const template = [...(selection ? [CHECKBOX] : []), ...tracks].join(' ');
  const least = columns.reduce((sum, one) => sum + (one.width ?? 96), selection ? 40 : 0);
  const line: CSSProperties = { gridTemplateColumns: template, minWidth: least + columns.length * 12 };
  const all = selection !== undefined && rows.length > 0 && rows.every((row) => selection.has(rowKey(row)));

  if (loading && rows.length === 0) return <Loading rows={6} height={rowHeight - 8} />;
  if (rows.length === 0 && empty) return <>{empty}</>;

  const toggle = (key: string, on: boolean) => {
    const next = new Set(selection);
    if (on) next.add(key);
    else next.delete(key);
    onSelection?.(next);
  };

  return (
    <Box
      ref={scroller}
      className="table"
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-busy={loading || undefined}
      tabIndex={0}
      style={{ maxHeight: rowHeight * (maxRows + 1) + 2 }}
    >
      <Box role="rowgroup" className="table-head" style={{ minWidth: line.minWidth }}>
        <Box role="row" className="table-row" style={line} aria-rowindex={1}>
          {selection && (
            <Box role="columnheader">
              <input
                type="checkbox"
                aria-label="Select all rows"
                checked={all}
                ref={(box) => {
                  if (box) box.indeterminate = !all && selection.size > 0;
                }}
                onChange={(event) => onSelection?.(new Set(event.currentTarget.checked ? rows.map(rowKey) : []))}
              />
            </Box>
          )}
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sort={sort ?? null} onSort={onSort} />
          ))}
        </Box>
      </Box>
      <Box role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: line.minWidth }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = rowKey(row);
          return (
            <Box
              key={item.key}
              role="row"
              className="table-row table-body-row"
              aria-rowindex={item.index + 2}
              aria-selected={selection ? selection.has(key) : undefined}
              style={{ ...line, height: rowHeight, transform: `translateY(${item.start}px)` }}
            >
              {selection && (
                <Box role="cell">
                  <input
                    type="checkbox"
                    aria-label={`Select ${rowLabel(row)}`}
                    checked={selection.has(key)}
                    onChange={(event) => toggle(key, event.currentTarget.checked)}
                  />
                </Box>
              )}
              {columns.map((column) => (
                <Box key={column.id} role="cell" className="cell" style={{ textAlign: column.align ?? 'left' }}>
                  {column.cell(row)}
                </Box>
              ))}
            </Box>
          );
        })}
      </Box>
    </Box>
  );
}

interface HeaderCellProps<T> {
  column: Column<T>;
  sort: Sort | null;
  onSort: ((sort: Sort) => void) | undefined;
}

function HeaderCell<T>({ column, sort, onSort }: HeaderCellProps<T>) {
  const by = column.sort;
  if (by === undefined || !onSort) {
    return (
      <Box role="columnheader" className="cell" style={{ textAlign: column.align ?? 'left' }}>
        {column.header}
      </Box>
    );
  }
  const active = sort?.id === by;
  const Arrow = !active ? IconSelector : sort.desc ? IconArrowDown : IconArrowUp;
  return (
    <Box role="columnheader" aria-sort={active ? (sort.desc ? 'descending' : 'ascending') : 'none'} className="cell">
      <UnstyledButton
        className="table-sort"
        onClick={() => onSort({ id: by, desc: active ? !sort.desc : false })}
        fz="inherit"
        fw="inherit"
      >
        {column.header}
        <Arrow size={14} aria-hidden />
      </UnstyledButton>
    </Box>
  );
}
