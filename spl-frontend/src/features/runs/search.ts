import type { RunState } from '@/words/runStates';
import { RUN_STATES } from '@/words/runStates';

export const WINDOWS = { '1h': 3_600_000, '6h': 21_600_000, '1d': 86_400_000, '7d': 604_800_000 } as const;
export type Window = keyof typeof WINDOWS;
export const SORTS = ['created', 'started', 'finished', 'duration'] as const;
type SortName = (typeof SORTS)[number];
/** A name alone begins with the smallest, one behind a minus with the largest. */
export type RunSort = SortName | `-${SortName}`;

/** What a list of runs is filtered by; all of it is in the address. */
export interface RunsSearch {
  state?: string | undefined;
  window?: Window | undefined;
  object?: string | undefined;
  owner?: string | undefined;
  library?: string | undefined;
  machine?: string | undefined;
  caller?: string | undefined;
  q?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  sort?: RunSort | undefined;
}

const NEWEST: RunSort = '-created';
const TEXTS = ['object', 'owner', 'library', 'machine', 'caller', 'q'] as const;

/** The filters of an address; what means nothing is left out. */
export function runsSearch(raw: Record<string, unknown>): RunsSearch {
  const found: RunsSearch = {};
  const states = String(raw.state ?? '')
    .split(',')
    .filter((one): one is RunState => one in RUN_STATES);
  if (states.length > 0) found.state = states.join(',');
  if (typeof raw.window === 'string' && raw.window in WINDOWS) found.window = raw.window as Window;
  for (const name of TEXTS) {
    const value = raw[name];
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') found[name] = String(value);
  }
  for (const name of ['since', 'until'] as const) {
    const value = Number(raw[name]);
    if (raw[name] !== undefined && Number.isSafeInteger(value)) found[name] = value;
  }
  const sort = SORTS.flatMap((name): RunSort[] => [name, `-${name}`]).find((one) => one === raw.sort);
  if (sort && sort !== NEWEST) found.sort = sort;
  return found;
}

/** The order of a list, as a table shows it. */
export function sortOf(search: RunsSearch): { id: string; desc: boolean } {
  const sort = search.sort ?? NEWEST;
  return { id: sort.replace(/^-/, ''), desc: sort.startsWith('-') };
}

/** The filters as the API takes them. A window begins at `now`, to the minute, so that the same list is asked for. */
export function asQuery(search: RunsSearch, now: number) {
  const { window, state, since, ...others } = search;
  const begins = window ? Math.floor((now - WINDOWS[window]) / 60_000) * 60_000 : since;
  return { ...others, ...(state ? { state } : {}), ...(begins === undefined ? {} : { since: begins }) };
}

export interface RunSearch {
  tab?: string | undefined;
  line?: number | undefined;
}

export function runSearch(raw: Record<string, unknown>): RunSearch {
  const line = Number(raw.line);
  return {
    ...(typeof raw.tab === 'string' ? { tab: raw.tab } : {}),
    ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
  };
}
