import { Box } from '@mantine/core';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ProblemError } from '@/api/problems';
import { Loading } from '@/components/Empty';
import { Problem } from '@/components/Problem';
import { SessionGuard } from '@/features/session/SessionGuard';
import { useOverview } from '@/features/session/useMe';
import { setSkew } from '@/lib/time';
import { LiveProvider } from '@/live/LiveProvider';
import { Shell } from './Shell';

/** Asks who is looking before anything else is drawn: nobody is sent to the sign-in, everybody else sees the page. */
export function Frame() {
  const { data, error, refetch, dataUpdatedAt } = useOverview();
  const navigate = useNavigate();
  const { href } = useLocation();
  const nobody = !data && error instanceof ProblemError && error.status === 401;
  useEffect(() => {
    if (nobody) void navigate({ to: '/login', search: { next: href === '/' ? undefined : href }, replace: true });
  }, [nobody, navigate, href]);
  useEffect(() => {
    if (data) setSkew(data.server_time - dataUpdatedAt);
  }, [data, dataUpdatedAt]);

  if (!data) {
    if (error && !nobody)
      return (
        <Box component="main" className="login">
          <Problem error={error} onRetry={() => void refetch()} />
        </Box>
      );
    return (
      <Box component="main" p="xl">
        <Loading />
      </Box>
    );
  }
  return (
    <LiveProvider cursor={data.event_cursor}>
      <SessionGuard>
        <Shell />
      </SessionGuard>
    </LiveProvider>
  );
}
