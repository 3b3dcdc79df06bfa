import { createContext, useContext, useEffect, useRef } from 'react';
import type { Hint, HintKind } from './hints';
import type { LiveState } from './hub';

export interface Live {
  state: LiveState;
  /** Since when, in epoch milliseconds, the page is live, or is not any more. */
  since: number;
  /** How many changes wait for a pause to end. */
  pending: number;
  pause(): () => void;
  listen(listener: (hints: Hint[]) => void): () => void;
  /** Open the stream anew, after signing in again. */
  restart(): void;
}

const OUTSIDE: Live = {
  state: 'connecting',
  since: 0,
  pending: 0,
  pause: () => () => {},
  listen: () => () => {},
  restart: () => {},
};

export const LiveContext = createContext<Live>(OUTSIDE);

export function useLive(): Live {
  return useContext(LiveContext);
}

/** Hold all changes back while something is open or selected that a change would pull away. */
export function usePauseLive(paused: boolean): void {
  const { pause } = useLive();
  const latest = useRef(pause);
  latest.current = pause;
  useEffect(() => (paused ? latest.current() : undefined), [paused]);
}

/** Hear of changes of a kind, for a page that patches what it shows: its query has `meta: { live: false }`. */
export function useHints(kind: HintKind, listener: (hints: Hint[]) => void): void {
  const { listen } = useLive();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(
    () =>
      listen((hints) => {
        const own = hints.filter((hint) => hint.kind === kind);
        if (own.length > 0) latest.current(own);
      }),
    [listen, kind],
  );
}
