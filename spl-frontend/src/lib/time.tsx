import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Zone } from './format';

let frozenAt: number | null = null;
let skew = 0;
const watchers = new Set<() => void>();

/** Stop every clock of the page at a moment, or let them go on: a clock that runs says that what it counts goes on. */
export function freezeClocks(at: number | null): void {
  frozenAt = at;
  for (const watcher of watchers) watcher();
}

/** What the server's clock is ahead of ours, in milliseconds: its times are shown by its clock. */
export function setSkew(ms: number): void {
  // Less than this is the way the answer took.
  skew = Math.abs(ms) > 2_000 ? ms : 0;
}

/** The server's time, in epoch milliseconds; while the page is stale, the time when it was last true. */
export function now(): number {
  return (frozenAt ?? Date.now()) + skew;
}

/** A clock that ticks every `ms`, and stands still while the page is stale. */
export function useNow(ms = 1_000): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    const tick = () => setTime(now());
    const timer = setInterval(tick, ms);
    watchers.add(tick);
    return () => {
      clearInterval(timer);
      watchers.delete(tick);
    };
  }, [ms]);
  return time;
}

const ZONE = 'spl-time-zone';
const zoneWatchers = new Set<() => void>();

/** Whether times are told in the reader's zone or in UTC; kept in this browser. */
export function useZone(): [Zone, (zone: Zone) => void] {
  const zone = useSyncExternalStore(
    (watcher) => {
      zoneWatchers.add(watcher);
      return () => zoneWatchers.delete(watcher);
    },
    () => (localStorage.getItem(ZONE) === 'utc' ? 'utc' : 'local'),
  );
  return [
    zone,
    (chosen) => {
      localStorage.setItem(ZONE, chosen);
      for (const watcher of zoneWatchers) watcher();
    },
  ];
}
