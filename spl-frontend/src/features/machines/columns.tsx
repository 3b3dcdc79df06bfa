import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Column } from '@/components/DataTable';
import { When } from '@/components/When';
import { toCsv } from '@/lib/csv';
import { MachineStatusBadge } from '@/words/machineStatus';
import { isOutdated, type Machine, pythonOf, systemOf } from './list';

/** The columns of a list of machines, beside a server of this version. */
export function machineColumns(server: string | undefined): Column<Machine>[] {
  return [
    {
      id: 'name',
      header: 'Machine',
      sort: 'name',
      width: 180,
      grow: 2,
      cell: (one) => (
        <Link to="/machines/$machineId" params={{ machineId: one.id }} className="name">
          {one.display_name || one.name}
        </Link>
      ),
      csv: (one) => one.name,
    },
    {
      id: 'owner',
      header: 'Owner',
      sort: 'owner',
      width: 100,
      cell: (one) => <span className="name">{one.owner}</span>,
      csv: (one) => one.owner,
    },
    {
      id: 'status',
      header: 'Status',
      sort: 'status',
      width: 130,
      grow: 0,
      cell: (one) => <MachineStatusBadge status={one.status} />,
      csv: (one) => one.status,
    },
    {
      id: 'running',
      header: 'Busy',
      sort: 'running',
      width: 80,
      grow: 0,
      cell: (one) => `${one.running} of ${one.capacity}`,
      csv: (one) => one.running,
    },
    {
      id: 'seen',
      header: 'Last seen',
      sort: 'seen',
      width: 110,
      grow: 0,
      cell: (one) => (one.online ? 'now' : one.last_seen_at ? <When at={one.last_seen_at} /> : 'never'),
      csv: (one) => (one.last_seen_at === null ? null : new Date(one.last_seen_at).toISOString()),
    },
    {
      id: 'version',
      header: 'Daemon',
      sort: 'version',
      width: 110,
      cell: (one) => (
        <>
          {one.daemon_version ?? '–'}
          {isOutdated(one.daemon_version, server) && (
            <Badge variant="outline" color="orange" ml={6} title={`The server is ${server}`}>
              Update available
            </Badge>
          )}
        </>
      ),
      csv: (one) => one.daemon_version,
    },
    {
      id: 'python',
      header: 'Python',
      sort: 'python',
      width: 90,
      cell: (one) => pythonOf(one) ?? '–',
      csv: pythonOf,
    },
    {
      id: 'system',
      header: 'System',
      sort: 'system',
      width: 90,
      cell: (one) => systemOf(one) ?? '–',
      csv: systemOf,
    },
    {
      id: 'labels',
      header: 'Labels',
      width: 140,
      cell: (one) =>
        one.labels.map((label) => (
          <Badge key={label} variant="outline" color="gray" className="name">
            {label}
          </Badge>
        )),
      csv: (one) => one.labels.join(' '),
    },
  ];
}

/** The list as it is shown, for a spreadsheet. */
export function machinesCsv(machines: readonly Machine[]): string {
  const columns = machineColumns(undefined);
  return toCsv(
    ['Id', ...columns.map((column) => column.header)],
    machines.map((one) => [one.id, ...columns.map((column) => column.csv?.(one) ?? null)]),
  );
}
