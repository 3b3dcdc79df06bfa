import type { Surroundings } from './hub';

/** The browser's own stream and clock, in a page and in a worker. */
export const browser: Surroundings = {
  open: (url) => new EventSource(url),
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
