import { HINT_KINDS, type Hint, type HintKind } from './hints';

/** How much the pages may believe: `polling` means that answers are fetched anew instead of told. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'stale' | 'polling';

export type FromHub =
  | { kind: 'state'; state: LiveState; since: number }
  | { kind: 'hints'; hints: Hint[]; cursor: string }
  | { kind: 'reset' };

export type ToHub = { kind: 'hello'; url: string; cursor: string } | { kind: 'bye' } | { kind: 'restart' };

/** What the hub needs of EventSource; a test gives it another. */
export interface Source {
  close(): void;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
}

export interface Surroundings {
  open(url: string): Source;
  now(): number;
  after(ms: number, action: () => void): () => void;
}

export type Tell = (message: FromHub) => void;

// The server pings every 15 s: two may be lost.
export const MUTE_MS = 40_000;
// A proxy that keeps everything back never fails, it only says nothing: silence counts like failure.
export const TRIES_BEFORE_POLLING = 3;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
const KEPT = 500;

/** One stream of hints for all pages of a browser: each page says where it stands, and is told what came after. */
export class Hub {
  private readonly pages = new Map<object, Tell>();
  private readonly kept: { cursor: string; hint: Hint }[] = [];
  private source: Source | null = null;
  private url = '';
  private cursor = '';
  private state: LiveState = 'connecting';
  private since: number;
  private failures = 0;
  private stopWatch: () => void = () => {};
  private stopRetry: () => void = () => {};

  constructor(private readonly around: Surroundings) {
    this.since = around.now();
  }

  /** A page has come, or has come back, that knows everything up to `cursor`. */
  hello(page: object, tell: Tell, url: string, cursor: string): void {
    this.pages.set(page, tell);
    if (this.source === null || url !== this.url) {
      this.url = url;
      this.cursor = cursor;
      this.kept.length = 0;
      this.connect();
    } else {
      this.catchUp(tell, cursor);
    }
    tell({ kind: 'state', state: this.state, since: this.since });
  }

  bye(page: object): void {
    this.pages.delete(page);
    if (this.pages.size === 0) this.stop();
  }

  /** Open the stream anew: the session is another one now. */
  restart(): void {
    if (this.pages.size > 0) this.connect();
  }

  private catchUp(tell: Tell, cursor: string): void {
    if (cursor === this.cursor) return;
    const [life, seq] = placeOf(cursor);
    const [ownLife] = placeOf(this.cursor);
    const oldest = this.kept[0];
    if (life !== ownLife || !oldest || placeOf(oldest.cursor)[1] > seq + 1) {
      tell({ kind: 'reset' });
      return;
    }
    const missed = this.kept.filter((one) => placeOf(one.cursor)[1] > seq).map((one) => one.hint);
    if (missed.length > 0) tell({ kind: 'hints', hints: missed, cursor: this.cursor });
  }

  private connect(): void {
    this.stop();
    const source = this.around.open(`${this.url}?after=${encodeURIComponent(this.cursor)}`);
    this.source = source;
    for (const kind of HINT_KINDS) source.addEventListener(kind, (event) => this.heard(source, kind, event));
    source.addEventListener('ping', (event) => this.alive(source, event));
    source.addEventListener('reset', (event) => {
      if (!this.alive(source, event)) return;
      this.kept.length = 0;
      this.tellAll({ kind: 'reset' });
    });
    // The browser would try again by itself, but not after every kind of failure, and without telling us.
    source.addEventListener('error', () => this.failed(source));
    this.watch();
  }

  private heard(source: Source, kind: HintKind, event: MessageEvent<string>): void {
    if (!this.alive(source, event)) return;
    const hint: Hint = { ...JSON.parse(event.data), kind };
    this.kept.push({ cursor: this.cursor, hint });
    if (this.kept.length > KEPT) this.kept.shift();
    this.tellAll({ kind: 'hints', hints: [hint], cursor: this.cursor });
  }

  private alive(source: Source, event: MessageEvent<string>): boolean {
    if (source !== this.source) return false;
    if (event.lastEventId) this.cursor = event.lastEventId;
    this.failures = 0;
    this.become('live');
    this.watch();
    return true;
  }

  private failed(source: Source): void {
    if (source !== this.source) return;
    this.stop();
    this.failures += 1;
    this.become(this.failures >= TRIES_BEFORE_POLLING ? 'polling' : 'reconnecting');
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.failures - 1, 6));
    this.stopRetry = this.around.after(wait, () => this.connect());
  }

  private watch(): void {
    this.stopWatch();
    this.stopWatch = this.around.after(MUTE_MS, () => {
      if (this.source === null) return;
      this.become('stale');
      this.failed(this.source);
    });
  }

  private become(state: LiveState): void {
    if (state === this.state) return;
    if (this.state === 'live' || state === 'live') this.since = this.around.now();
    this.state = state;
    this.tellAll({ kind: 'state', state, since: this.since });
  }

  private stop(): void {
    this.stopWatch();
    this.stopRetry();
    this.source?.close();
    this.source = null;
  }

  private tellAll(message: FromHub): void {
    for (const tell of this.pages.values()) tell(message);
  }
}

function placeOf(cursor: string): [life: string, seq: number] {
  const dash = cursor.lastIndexOf('-');
  return [cursor.slice(0, dash), Number(cursor.slice(dash + 1))];
}
