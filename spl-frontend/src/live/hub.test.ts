import { describe, expect, it } from 'vitest';
import { type FromHub, Hub, MUTE_MS, type Source, type Surroundings } from './hub';

class FakeSource implements Source {
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();
  constructor(readonly url: string) {}
  close() {
    this.closed = true;
  }
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(type, listener);
  }
  say(type: string, id: string, data: object = {}) {
    this.listeners.get(type)?.(new MessageEvent(type, { data: JSON.stringify(data), lastEventId: id }));
  }
}

class World implements Surroundings {
  time = 1_000;
  sources: FakeSource[] = [];
  private timers: { at: number; action: () => void; live: boolean }[] = [];
  open(url: string) {
    const source = new FakeSource(url);
    this.sources.push(source);
    return source;
  }
  now() {
    return this.time;
  }
  after(ms: number, action: () => void) {
    const timer = { at: this.time + ms, action, live: true };
    this.timers.push(timer);
    return () => {
      timer.live = false;
    };
  }
  pass(ms: number) {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.live && one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      next.live = false;
      this.time = next.at;
      next.action();
    }
    this.time = end;
  }
  get last(): FakeSource {
    const found = this.sources.at(-1);
    if (!found) throw new Error('no stream was opened');
    return found;
  }
}

function page(hub: Hub, cursor: string) {
  const told: FromHub[] = [];
  const self = {};
  hub.hello(self, (message) => told.push(message), 'http://x/api/console/events', cursor);
  const states = () => told.flatMap((one) => (one.kind === 'state' ? [one.state] : []));
  const ids = () => told.flatMap((one) => (one.kind === 'hints' ? one.hints.map((hint) => hint.id) : []));
  return { self, told, states, ids };
}

describe('the hub', () => {
  it('has one stream for eight pages, and tells each of them', () => {
    const world = new World();
    const hub = new Hub(world);
    const pages = Array.from({ length: 8 }, () => page(hub, 'a-5'));
    world.last.say('run', 'a-6', { kind: 'run', id: 'run_1' });
    expect(world.sources).toHaveLength(1);
    expect(pages.map((one) => one.ids())).toEqual(Array(8).fill(['run_1']));
  });

  it('tells a page that comes later what it missed, once', () => {
    const world = new World();
    const hub = new Hub(world);
    page(hub, 'a-5');
    world.last.say('run', 'a-6', { id: 'run_1' });
    world.last.say('machine', 'a-7', { id: 'm' });
    expect(page(hub, 'a-6').ids()).toEqual(['m']);
    expect(page(hub, 'a-7').ids()).toEqual([]);
  });

  it('asks a page to load everything where it does not know what that page missed', () => {
    const world = new World();
    const hub = new Hub(world);
    page(hub, 'a-5');
    expect(page(hub, 'b-5').told.some((one) => one.kind === 'reset')).toBe(true);
    expect(page(hub, 'a-2').told.some((one) => one.kind === 'reset')).toBe(true);
  });

  it('goes on behind the last hint after the stream broke', () => {
    const world = new World();
    const hub = new Hub(world);
    const one = page(hub, 'a-5');
    world.last.say('run', 'a-9', { id: 'run_1' });
    world.last.say('error', '');
    expect(one.states().at(-1)).toBe('reconnecting');
    world.pass(1_000);
    expect(world.last.url).toContain('after=a-9');
    world.last.say('ping', 'a-9');
    expect(one.states().at(-1)).toBe('live');
  });

  it('takes silence for a broken stream', () => {
    const world = new World();
    const hub = new Hub(world);
    const one = page(hub, 'a-5');
    world.last.say('ping', 'a-5');
    world.pass(MUTE_MS);
    expect(one.states()).toContain('stale');
    expect(world.sources[0]?.closed).toBe(true);
  });

  it('says that pages must look for themselves after three failures', () => {
    const world = new World();
    const hub = new Hub(world);
    const one = page(hub, 'a-5');
    for (let time = 0; time < 3; time++) {
      world.last.say('error', '');
      world.pass(60_000);
    }
    expect(one.states()).toContain('polling');
    expect(one.states().filter((state) => state === 'live')).toEqual([]);
  });

  it('closes the stream with the last page', () => {
    const world = new World();
    const hub = new Hub(world);
    const one = page(hub, 'a-5');
    const two = page(hub, 'a-5');
    hub.bye(one.self);
    expect(world.last.closed).toBe(false);
    hub.bye(two.self);
    expect(world.last.closed).toBe(true);
    world.pass(600_000);
    expect(world.sources).toHaveLength(1);
  });
});
