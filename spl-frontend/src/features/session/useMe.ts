import { $api } from '@/api/client';
import type { Schemas } from '@/api/types';

/** The first request of every page, shared by all that read it. */
export function useOverview() {
  return $api.useQuery('get', '/console/overview', {});
}

export interface Me {
  name: string;
  displayName: string;
  admin: boolean;
  kind: Schemas['MeView']['kind'];
  scopes: readonly string[];
  has(scope: string): boolean;
}

/** Who is signed in, and what for. Pages are drawn only once this is known. */
export function useMe(): Me {
  const { data } = useOverview();
  const me = data?.me;
  const scopes = me?.scopes ?? [];
  return {
    name: me?.name ?? '',
    displayName: me?.display_name ?? '',
    admin: me?.admin ?? false,
    kind: me?.kind ?? 'session',
    scopes,
    has: (scope) => scopes.includes(scope),
  };
}
