import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { apiUrl } from '@/api/base';
import { freezeClocks } from '@/lib/time';
import { type Hint, touches } from './hints';
import type { LiveState } from './hub';
import { type Link, openLink } from './link';
import { type Live, LiveContext } from './useLive';

// Twice a second is as often as eyes can use, however many hints there are.
const GATHER_MS = 500;
const POLL_MS = 10_000;
// A tab that nobody looks at gives its place in the stream back after this.
const HIDDEN_MS = 5 * 60_000;

interface Gathered {
  hints: Map<string, Hint>;
  all: boolean;
}

/** Keeps every answer that is on the screen as fresh as the server tells it to be. */
export function LiveProvider({ cursor, children }: { cursor: string | undefined; children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const [since, setSince] = useState(() => Date.now());
  const [pending, setPending] = useState(0);
  const pauses = useRef(0);
  const place = useRef<string | null>(null);
  const link = useRef<Link | null>(null);
  const gathered = useRef<Gathered>({ hints: new Map(), all: false });
  const listeners = useRef(new Set<(hints: Hint[]) => void>());
  const flush = useRef<() => void>(() => {});
  const known = cursor !== undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the first cursor counts; what follows is told by the hub
  useEffect(() => {
    if (!known) return;
    place.current ??= cursor;
    const waiting = gathered.current;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let hiddenTimer: ReturnType<typeof setTimeout> | null = null;

    const go = () => {
      timer = null;
      if (document.hidden || pauses.current > 0) {
        setPending(waiting.hints.size + (waiting.all ? 1 : 0));
        return;
      }
      const hints = [...waiting.hints.values()];
      const all = waiting.all;
      waiting.hints.clear();
      waiting.all = false;
      setPending(0);
      if (hints.length > 0) for (const listener of listeners.current) listener(hints);
      if (all) void client.invalidateQueries({ predicate: (query) => query.meta?.live !== false });
      else if (hints.length > 0)
        void client.invalidateQueries({
          predicate: (query) => query.meta?.live !== false && touches(query.queryKey, hints),
        });
    };
    const soon = () => {
      timer ??= setTimeout(go, GATHER_MS);
    };
    flush.current = go;

    const opened = openLink((message) => {
      if (message.kind === 'state') {
        setState(message.state);
        setSince(message.since);
        freezeClocks(message.state === 'stale' || message.state === 'reconnecting' ? message.since : null);
        return;
      }
      if (message.kind === 'reset') waiting.all = true;
      else {
        place.current = message.cursor;
        for (const hint of message.hints) waiting.hints.set(`${hint.kind} ${hint.id}`, hint);
      }
      soon();
    });
    link.current = opened;
    const hello = () =>
      opened.send({ kind: 'hello', url: apiUrl('/console/events'), cursor: place.current ?? cursor ?? '' });
    const bye = () => opened.send({ kind: 'bye' });
    const seen = () => {
      if (hiddenTimer) clearTimeout(hiddenTimer);
      if (document.hidden) hiddenTimer = setTimeout(bye, HIDDEN_MS);
      else {
        hello();
        go();
      }
    };
    hello();
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('pagehide', bye);
    window.addEventListener('pageshow', hello);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('pagehide', bye);
      window.removeEventListener('pageshow', hello);
      if (timer) clearTimeout(timer);
      if (hiddenTimer) clearTimeout(hiddenTimer);
      bye();
      opened.close();
      freezeClocks(null);
    };
  }, [client, known]);

  useEffect(() => {
    if (state !== 'polling' && state !== 'stale') return;
    const poll = setInterval(() => {
      gathered.current.all = true;
      flush.current();
    }, POLL_MS);
    return () => clearInterval(poll);
  }, [state]);

  const ways = useMemo<Pick<Live, 'pause' | 'listen' | 'restart'>>(
    () => ({
      pause: () => {
        pauses.current += 1;
        return () => {
          pauses.current -= 1;
          if (pauses.current === 0) flush.current();
        };
      },
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
      restart: () => link.current?.send({ kind: 'restart' }),
    }),
    [],
  );
  const live = useMemo<Live>(() => ({ state, since, pending, ...ways }), [state, since, pending, ways]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}
