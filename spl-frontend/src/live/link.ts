import { browser } from './browser';
import { type FromHub, Hub, type Tell, type ToHub } from './hub';

/** The way to the hub, wherever it lives. */
export interface Link {
  send(message: ToHub): void;
  close(): void;
}

/** A link to the hub that all tabs share; where browsers have no shared workers, tabs choose one of themselves. */
export function openLink(tell: Tell): Link {
  if (typeof SharedWorker !== 'undefined') return workerLink(tell);
  if (typeof BroadcastChannel !== 'undefined' && navigator.locks) return electedLink(tell);
  return ownLink(tell);
}

function workerLink(tell: Tell): Link {
  const worker = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), { type: 'module', name: 'spl-live' });
  worker.port.onmessage = ({ data }: MessageEvent<FromHub>) => tell(data);
  worker.port.start();
  return { send: (message) => worker.port.postMessage(message), close: () => worker.port.close() };
}

function ownLink(tell: Tell): Link {
  const hub = new Hub(browser);
  const page = {};
  return {
    send(message) {
      if (message.kind === 'hello') hub.hello(page, tell, message.url, message.cursor);
      else if (message.kind === 'bye') hub.bye(page);
      else hub.restart();
    },
    close: () => hub.bye(page),
  };
}

/** Whoever holds the lock has the stream and tells the others; when its tab closes, the next one gets the lock. */
export function electedLink(tell: Tell): Link {
  const channel = new BroadcastChannel('spl-live');
  const closing = new AbortController();
  let greeting: Extract<ToHub, { kind: 'hello' }> | null = null;
  let hub: Hub | null = null;
  const page = {};
  const told: Tell = (message) => {
    if (message.kind === 'hints' && greeting) greeting = { ...greeting, cursor: message.cursor };
    tell(message);
  };

  channel.onmessage = ({ data }: MessageEvent<FromHub>) => told(data);
  const both: Tell = (message) => {
    told(message);
    channel.postMessage(message);
  };
  const lead = async () => {
    hub = new Hub(browser);
    if (greeting) hub.hello(page, both, greeting.url, greeting.cursor);
    await new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()));
    hub.bye(page);
  };
  navigator.locks.request('spl-live', { signal: closing.signal }, lead).catch(() => {});

  return {
    send(message) {
      if (message.kind === 'hello') {
        greeting = message;
        hub?.hello(page, both, message.url, message.cursor);
      } else if (message.kind === 'restart') hub?.restart();
    },
    close() {
      closing.abort();
      channel.close();
    },
  };
}
