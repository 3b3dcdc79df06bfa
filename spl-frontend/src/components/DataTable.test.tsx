import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { draw } from '@/testing/render';
import { type Column, DataTable } from './DataTable';

interface Row {
  id: string;
  name: string;
}

const HOSTILE = '<img src=x onerror=alert(1)>';
const COLUMNS: Column<Row>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: (row) => row.name },
  { id: 'id', header: 'Id', cell: (row) => row.id },
];

describe('a table', () => {
  it('asks its owner to sort, the other way the second time', async () => {
    const onSort = vi.fn();
    await draw(
      <DataTable
        label="People"
        columns={COLUMNS}
        rows={[{ id: '1', name: HOSTILE }]}
        rowKey={(row) => row.id}
        sort={{ id: 'name', desc: false }}
        onSort={onSort}
      />,
    );
    expect(screen.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
    await userEvent.click(screen.getByRole('button', { name: 'Name' }));
    expect(onSort).toHaveBeenCalledWith({ id: 'name', desc: true });
  });

  it('selects all that it shows', async () => {
    const onSelection = vi.fn();
    const rows = [
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ];
    await draw(
      <DataTable
        label="People"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.id}
        selection={new Set()}
        onSelection={onSelection}
      />,
    );
    await userEvent.click(screen.getByRole('checkbox', { name: 'Select all rows' }));
    expect(onSelection).toHaveBeenCalledWith(new Set(['1', '2']));
  });

  it('says what to do where it is empty', async () => {
    await draw(
      <DataTable label="People" columns={COLUMNS} rows={[]} rowKey={(row) => row.id} empty={<p>Nobody yet</p>} />,
    );
    expect(screen.getByText('Nobody yet')).toBeVisible();
  });
});
