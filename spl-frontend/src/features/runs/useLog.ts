import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '@/api/client';
import { useHints } from '@/live/useLive';
import { appended, begun, type Log, prepended } from './log';

export type Stream = 'stdout' | 'stderr';

const TAIL_LINES = 1_000;
const OLDER_LINES = 5_000;
// Shown above a line that was linked to, so that one sees what led to it.
const LINES_ABOVE = 100;
const PIECE_BYTES = 256 * 1024;

interface Options {
  runId: string;
  stream: Stream;
  ended: boolean;
  /** A line that is to be in it. */
  line: number | undefined;
  /** Whether to go on to the end, also where that is far. */
  follow: boolean;
}

/** A run's log: its end first or a line that was linked to, older text on demand, and what comes as it comes. */
export function useLog({ runId, stream, ended, line, follow }: Options) {
  const [log, setLog] = useState<Log | null>(null);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef<Log | null>(null);
  const queue = useRef(Promise.resolve());
  const waiting = useRef(new Set<string>());

  const read = useCallback(
    async (query: { offset?: number; tail?: number; line?: number; limit: number }) => {
      const { data } = await api.GET('/remote-runs/{run_id}/logs', {
        params: { path: { run_id: runId }, query: { stream, ...query } },
      });
      if (!data) throw new Error('The log had no answer.');
      return data;
    },
    [runId, stream],
  );
  const keep = useCallback((next: Log) => {
    latest.current = next;
    setLog(next);
  }, []);
  /** One reading at a time, in the order in which they are asked for; what waits already is not asked for twice. */
  const inTurn = useCallback((name: string, work: () => Promise<void>) => {
    if (waiting.current.has(name)) return;
    waiting.current.add(name);
    queue.current = queue.current
      .then(() => {
        waiting.current.delete(name);
        return work();
      })
      .then(() => setError(null), setError);
  }, []);

  const more = useCallback(
    (whole: boolean) =>
      inTurn(`more ${whole}`, async () => {
        for (;;) {
          const at = latest.current;
          if (at === null) return;
          const piece = await read({ offset: at.to, limit: PIECE_BYTES });
          if (latest.current !== at) return;
          keep(appended(at, piece));
          if (!whole || piece.text === '' || piece.next_offset >= piece.size) return;
        }
      }),
    [inTurn, keep, read],
  );
  const older = useCallback(
    () =>
      inTurn('older', async () => {
        const at = latest.current;
        if (at === null || at.first === 1) return;
        const pieces = [await read({ line: Math.max(1, at.first - OLDER_LINES), limit: PIECE_BYTES })];
        for (let last = pieces[0]; last && last.next_offset < at.from; last = pieces.at(-1)) {
          const limit = Math.max(4, Math.min(PIECE_BYTES, at.from - last.next_offset));
          const piece = await read({ offset: last.next_offset, limit });
          if (piece.text === '') break;
          pieces.push(piece);
        }
        if (latest.current === at) keep(prepended(at, clipped(pieces, at.from)));
      }),
    [inTurn, keep, read],
  );

  const isLoaded = line === undefined || isIn(log, line);
  const wanted = useRef(line);
  wanted.current = isLoaded ? wanted.current : line;
  useEffect(() => {
    let left = false;
    latest.current = null;
    setLog(null);
    const at = wanted.current;
    const first = at === undefined ? { tail: TAIL_LINES } : { line: Math.max(1, at - LINES_ABOVE) };
    read({ ...first, limit: PIECE_BYTES })
      .then((piece) => !left && keep(begun(piece)))
      .catch((problem: unknown) => !left && setError(problem));
    return () => {
      left = true;
    };
  }, [read, keep]);
  // Somebody went to a line that isn't here: begin anew around it.
  useEffect(() => {
    if (isLoaded || line === undefined || latest.current === null) return;
    inTurn(`line ${line}`, async () =>
      keep(begun(await read({ line: Math.max(1, line - LINES_ABOVE), limit: PIECE_BYTES }))),
    );
  }, [isLoaded, line, inTurn, keep, read]);
  useEffect(() => {
    if (ended || follow) more(follow);
  }, [ended, follow, more]);
  useHints('run', (hints) => {
    const at = latest.current;
    // Far from the end, what comes there can wait until one goes there.
    if (hints.some((hint) => hint.id === runId) && (follow || (at !== null && at.to >= at.size))) more(follow);
  });

  const whole = useCallback(async () => {
    const parts: string[] = [];
    for (let offset = 0; ; ) {
      const piece = await read({ offset, limit: PIECE_BYTES });
      parts.push(piece.text);
      if (piece.text === '' || piece.next_offset >= piece.size) return parts.join('');
      offset = piece.next_offset;
    }
  }, [read]);

  return { log, error, more, older, whole };
}

function isIn(log: Log | null, line: number): boolean {
  if (log === null) return false;
  if (line < log.first) return false;
  // Behind what is loaded, and there is more: it may be there.
  return log.to >= log.size || log.text.split('\n').length + log.first > line;
}

/** Pieces that end where a part begins: the last one may go beyond it. */
function clipped<P extends { offset: number; next_offset: number; text: string }>(pieces: P[], end: number): P[] {
  return pieces.map((piece) => {
    if (piece.next_offset <= end) return piece;
    const bytes = new TextEncoder().encode(piece.text).slice(0, end - piece.offset);
    return { ...piece, text: new TextDecoder().decode(bytes), next_offset: end };
  });
}
