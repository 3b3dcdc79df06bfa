import { browser } from './browser';
import { type FromHub, Hub, type ToHub } from './hub';

// One for all tabs: browsers allow six connections to a server, and each tab's stream would take one of them.
const scope = self as unknown as SharedWorkerGlobalScope;
const hub = new Hub(browser);

scope.onconnect = (event: MessageEvent) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<ToHub>) => {
    if (data.kind === 'hello') hub.hello(port, (message: FromHub) => port.postMessage(message), data.url, data.cursor);
    else if (data.kind === 'bye') hub.bye(port);
    else hub.restart();
  };
};
