/** What may look another way now: a library stands for all that is in it, access for all that one may do. */
export type HintKind = 'run' | 'machine' | 'library' | 'access' | 'token';

export const HINT_KINDS: readonly HintKind[] = ['run', 'machine', 'library', 'access', 'token'];

export interface Hint {
  kind: HintKind;
  id: string;
  status?: string;
}

/** Which answers a kind of hint makes old, as beginnings of the API's paths. */
const PATHS: Record<HintKind, readonly string[]> = {
  run: ['/remote-runs', '/remote-batches'],
  machine: ['/machines', '/audit'],
  library: ['/libraries', '/owners', '/objects', '/audit'],
  access: ['/grants', '/access', '/teams', '/whoami', '/libraries', '/owners', '/objects', '/machines', '/audit'],
  token: ['/tokens', '/whoami', '/audit'],
};

const OVERVIEW = '/console/overview';

/**
 * Whether a query's answer may be old because of these hints. A hint about one run says nothing of another run's page.
 * `key` is openapi-react-query's: method, path, and what the path was filled with.
 */
export function touches(key: readonly unknown[], hints: readonly Hint[]): boolean {
  const [, path, init] = key;
  if (typeof path !== 'string') return false;
  return hints.some((hint) => {
    if (path === OVERVIEW) return true;
    if (!PATHS[hint.kind].some((start) => path.startsWith(start))) return false;
    const one = hint.kind === 'run' ? 'run_id' : null;
    return one === null || !path.includes(`{${one}}`) || filledWith(init, one) === hint.id;
  });
}

function filledWith(init: unknown, name: string): unknown {
  const params = (init as { params?: { path?: Record<string, unknown> } } | undefined)?.params;
  return params?.path?.[name];
}
