import type { Schemas } from '@/api/types';
import type { Sort } from '@/components/DataTable';
import type { MachinesSearch } from './search';

export type Machine = Schemas['MachineView'];

/** What a machine tells of itself when it connects. */
export interface Snapshot {
  os?: string;
  platform?: string;
  python?: string;
  hostname?: string;
  environments?: { name?: string; python?: string; status?: string; requirements?: string[] }[];
}

export function snapshotOf(machine: Machine): Snapshot {
  return machine.snapshot as Snapshot;
}

const KEYS: Record<string, (machine: Machine) => string | number> = {
  name: (one) => (one.display_name || one.name).toLowerCase(),
  owner: (one) => one.owner.toLowerCase(),
  status: (one) => one.status,
  running: (one) => one.running,
  seen: (one) => (one.online ? Number.MAX_SAFE_INTEGER : (one.last_seen_at ?? 0)),
  version: (one) => one.daemon_version ?? '',
};

/** The machines that fit, in the order that was asked for; those that are equal by name. */
export function arranged(machines: readonly Machine[], search: MachinesSearch, sort: Sort): Machine[] {
  const wanted = search.q?.toLowerCase();
  const key = KEYS[sort.id] ?? ((one: Machine) => one.name);
  return machines
    .filter((one) => !search.status || one.status === search.status)
    .filter((one) => !search.label || one.labels.includes(search.label))
    .filter((one) => !wanted || `${one.name} ${one.display_name} ${one.owner} ${one.id}`.toLowerCase().includes(wanted))
    .sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const order = x < y ? -1 : x > y ? 1 : a.name < b.name ? -1 : 1;
      return sort.desc ? -order : order;
    });
}
