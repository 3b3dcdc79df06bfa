import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { JUMPS } from './keys';

// Whoever thinks longer between two keys has begun anew.
const PAIR_MS = 1_200;

interface Actions {
  onPalette: () => void;
  onHelp: () => void;
}

/** Keys that work on every page; none does while somebody types. */
export function useShortcuts(actions: Actions): void {
  const router = useRouter();
  const client = useQueryClient();
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let jumping = 0;
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        latest.current.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const jump = event.timeStamp - jumping < PAIR_MS ? JUMPS[event.key] : undefined;
      jumping = 0;
      if (jump !== undefined) void router.navigate({ to: jump });
      else if (event.key === 'g') jumping = event.timeStamp;
      else if (event.key === '?') latest.current.onHelp();
      else if (event.key === 'r') void client.invalidateQueries();
      else if (event.key === '/') document.querySelector<HTMLElement>('[data-search]')?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [router, client]);
}

/** Whether keys belong to a field, or to a dialog that is open. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="dialog"]') !== null;
}
