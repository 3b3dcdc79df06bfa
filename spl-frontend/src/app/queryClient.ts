import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from '@/api/problems';

const TRIES = 2;

/** Answers are believed until the server hints at a change, so that moving between pages asks for nothing twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < TRIES && !(error instanceof ProblemError && error.status < 500),
    },
    mutations: { retry: false },
  },
});
