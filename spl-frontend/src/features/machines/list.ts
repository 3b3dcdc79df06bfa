import type { Schemas } from '@/api/types';
import type { Sort } from '@/components/DataTable';
import type { MachinesSearch } from './search';

export type Machine = Schemas['MachineView'];

/** A Python on a machine, as it tells of it when it connects. */
export interface Environment {
  name?: string;
  /** Of its Python. */
  version?: string;
  implementation?: string;
  platform?: string;
}

/** What a machine tells of itself when it connects; nothing of it is sure. */
export interface Snapshot {
  /** Of its system, as Python names it: `Linux-6.1.0-x86_64-with-glibc2.36`. */
  platform?: string;
  node?: string;
  environments?: Environment[];
}

export function snapshotOf(machine: Machine): Snapshot {
  return machine.snapshot as Snapshot;
}

export function environmentsOf(machine: Machine): Environment[] {
  const told: unknown = snapshotOf(machine).environments;
  return Array.isArray(told) ? told.filter((one): one is Environment => typeof one === 'object' && one !== null) : [];
}

/** The Python that runs what names no environment. */
export function pythonOf(machine: Machine): string | null {
  const all = environmentsOf(machine);
  return (all.find((one) => one.name === 'default') ?? all[0])?.version ?? null;
}

/** `Linux` of `Linux-6.1.0-x86_64`. */
export function systemOf(machine: Machine): string | null {
  const told = snapshotOf(machine).platform;
  return typeof told === 'string' ? (told.split('-')[0] ?? null) : null;
}

/** The parts of a version as one text that sorts as the numbers do. */
function byNumber(version: string | null): string {
  return (version ?? '').replace(/\d+/g, (digits) => digits.padStart(6, '0'));
}

/** Whether a daemon is of an older version than the server. */
export function isOutdated(daemon: string | null, server: string | undefined): boolean {
  return daemon !== null && server !== undefined && byNumber(daemon) < byNumber(server);
}

const KEYS: Record<string, (machine: Machine) => string | number> = {
  name: (one) => (one.display_name || one.name).toLowerCase(),
  owner: (one) => one.owner.toLowerCase(),
  status: (one) => one.status,
  running: (one) => one.running,
  seen: (one) => (one.online ? Number.MAX_SAFE_INTEGER : (one.last_seen_at ?? 0)),
  version: (one) => byNumber(one.daemon_version),
  python: (one) => byNumber(pythonOf(one)),
  system: (one) => systemOf(one)?.toLowerCase() ?? '',
};

/** The machines that fit, in the order that was asked for; those that are equal by name. */
export function arranged(machines: readonly Machine[], search: MachinesSearch, sort: Sort): Machine[] {
  const wanted = search.q?.toLowerCase();
  const key = KEYS[sort.id] ?? ((one: Machine) => one.name);
  return machines
    .filter((one) => !search.status || one.status === search.status)
    .filter((one) => !search.owner || one.owner === search.owner)
    .filter((one) => !search.label || one.labels.includes(search.label))
    .filter((one) => !wanted || `${one.name} ${one.display_name} ${one.owner} ${one.id}`.toLowerCase().includes(wanted))
    .sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const order = x < y ? -1 : x > y ? 1 : a.name < b.name ? -1 : 1;
      return sort.desc ? -order : order;
    });
}

/** The same rows, owner by owner. */
export function byOwner(machines: readonly Machine[]): [string, Machine[]][] {
  const groups = new Map<string, Machine[]>();
  for (const one of machines) groups.set(one.owner, [...(groups.get(one.owner) ?? []), one]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
