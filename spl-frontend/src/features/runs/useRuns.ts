import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '@/api/client';
import type { Run } from './columns';

// A screen and a half; the next page comes while this one is read.
export const PAGE = 100;

type Query = Record<string, string | number | undefined>;

/** A list of runs, page by page, as long as somebody scrolls. */
export function useRuns(query: Query) {
  const found = useInfiniteQuery({
    queryKey: ['get', '/remote-runs', { params: { query } }],
    queryFn: async ({ pageParam, signal }) => {
      const wanted = { ...query, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      const { data } = await api.GET('/remote-runs', { params: { query: wanted }, signal });
      if (!data) throw new Error('The list was empty of an answer.');
      return data;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
    meta: { live: false },
  });
  const rows: Run[] = found.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...found, rows };
}
