import { Box } from '@mantine/core';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
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
  const leaving = useRef(false);
  const nobody = !data && error instanceof ProblemError && error.status === 401;
  useEffect(() => {
    // Once: while the sign-in is on its way, the address is its own already.
    if (!nobody || leaving.current) return;
    leaving.current = true;
    void navigate({ to: '/login', search: href === '/' ? {} : { next: href }, replace: true });
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
