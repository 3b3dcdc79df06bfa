import { useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { sessionEnded } from '@/api/sessionEnd';

const Reauthenticate = lazy(() => import('./Reauthenticate').then((found) => ({ default: found.Reauthenticate })));

/** When the session ends under an open page, asks to sign in over it: what was typed into the page stays. */
export function SessionGuard({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [ended, setEnded] = useState(false);
  useEffect(() => sessionEnded.listen(() => setEnded(true)), []);
  return (
    <>
      {children}
      <Suspense fallback={null}>
        {ended && (
          <Reauthenticate
            opened
            text="Your session has ended. Sign in to go on; what you have typed is still here."
            onDone={() => {
              setEnded(false);
              void client.invalidateQueries();
            }}
          />
        )}
      </Suspense>
    </>
  );
}
