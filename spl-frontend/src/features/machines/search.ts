import type { Sort } from '@/components/DataTable';

/** What a list of machines is filtered and sorted by. */
export interface MachinesSearch {
  q?: string | undefined;
  status?: string | undefined;
  owner?: string | undefined;
  label?: string | undefined;
  group?: boolean | undefined;
  sort?: string | undefined;
}

const STATUSES = new Set(['online', 'offline', 'draining']);

export function machinesSearch(raw: Record<string, unknown>): MachinesSearch {
  const found: MachinesSearch = {};
  if (typeof raw.q === 'string' && raw.q !== '') found.q = raw.q;
  if (typeof raw.status === 'string' && STATUSES.has(raw.status)) found.status = raw.status;
  if (typeof raw.owner === 'string' && raw.owner !== '') found.owner = raw.owner;
  if (raw.group === true || raw.group === 'true') found.group = true;
  if (typeof raw.label === 'string' && raw.label !== '') found.label = raw.label;
  if (typeof raw.sort === 'string' && /^-?\w+$/.test(raw.sort)) found.sort = raw.sort;
  return found;
}

/** `-name` is by name, the last first. */
export function sortOf(text: string | undefined): Sort {
  const by = text ?? 'name';
  return by.startsWith('-') ? { id: by.slice(1), desc: true } : { id: by, desc: false };
}
