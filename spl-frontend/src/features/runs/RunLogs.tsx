import { Button, Checkbox, Group, SegmentedControl, Text, TextInput } from '@mantine/core';
import '@mantine/core/styles/SegmentedControl.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '@/api/client';
import { Problem } from '@/components/Problem';
import { download } from '@/lib/download';
import { useHints } from '@/live/useLive';
import './logs.css';
import { folded, pieces } from './logs';

type Stream = 'stdout' | 'stderr';

const TAIL_BYTES = 65_536;
const LINE = 20;
// What a page keeps of an endless log; older text can be loaded again.
const KEPT_CHARACTERS = 20_000_000;

interface Kept {
  text: string;
  from: number;
  to: number;
  size: number;
}

/** What a run printed: its end first, older text on demand, and what comes as it comes. */
export function RunLogs({ runId, ended, line, onLine }: RunLogsProps) {
  const [stream, setStream] = useState<Stream>('stdout');
  const [kept, setKept] = useState<Kept | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [follow, setFollow] = useState(true);
  const [wrap, setWrap] = useState(false);
  const [find, setFind] = useState('');
  const scroller = useRef<HTMLDivElement>(null);
  const busy = useRef(false);
  const latest = useRef<Kept | null>(null);

  const read = useCallback(
    async (offset: number, limit: number) => {
      const { data } = await api.GET('/remote-runs/{run_id}/logs', {
        params: { path: { run_id: runId }, query: { stream, offset, limit } },
      });
      if (!data) throw new Error('The log had no answer.');
      return data;
    },
    [runId, stream],
  );

  const more = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      let at = latest.current;
      for (;;) {
        const first = at === null;
        if (at === null) {
          const { size } = await read(0, 1);
          const from = Math.max(0, size - TAIL_BYTES);
          at = { text: '', from, to: from, size };
        }
        const piece = await read(at.to, TAIL_BYTES);
        at = {
          ...at,
          text: (at.text + piece.text).slice(-KEPT_CHARACTERS),
          to: piece.next_offset,
          size: piece.size,
        };
        latest.current = at;
        setKept(at);
        if (piece.next_offset >= piece.size || (piece.text === '' && !first)) break;
      }
      setError(null);
    } catch (problem) {
      setError(problem);
    } finally {
      busy.current = false;
    }
  }, [read]);

  useEffect(() => {
    latest.current = null;
    setKept(null);
    void more();
  }, [more]);
  useEffect(() => {
    if (ended) void more();
  }, [ended, more]);
  useHints('run', (hints) => {
    if (hints.some((hint) => hint.id === runId)) void more();
  });

  const older = async () => {
    if (!kept || kept.from === 0) return;
    const from = Math.max(0, kept.from - TAIL_BYTES * 8);
    let text = '';
    let at = from;
    while (at < kept.from) {
      const piece = await read(at, Math.min(TAIL_BYTES * 8, kept.from - at));
      if (piece.next_offset <= at) break;
      text += piece.text;
      at = piece.next_offset;
    }
    setFollow(false);
    latest.current = { ...(latest.current ?? kept), from, text: text + (latest.current ?? kept).text };
    setKept(latest.current);
  };

  const lines = useMemo(
    () => (kept && kept.text !== '' ? folded(kept.text).replace(/\n$/, '').split('\n') : []),
    [kept],
  );
  const shown = useMemo(() => {
    const numbered = lines.map((text, index) => ({ text, number: index + 1 }));
    return find === '' ? numbered : numbered.filter((one) => one.text.toLowerCase().includes(find.toLowerCase()));
  }, [lines, find]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  useEffect(() => {
    if (follow && shown.length > 0 && line === undefined) virtual.scrollToIndex(shown.length - 1, { align: 'end' });
  }, [follow, shown.length, virtual, line]);
  useEffect(() => {
    if (line !== undefined && shown.length > 0)
      virtual.scrollToIndex(Math.min(line, shown.length) - 1, { align: 'center' });
  }, [line, shown.length, virtual]);

  return (
    <div>
      <Group mb="xs" gap="sm" align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label="Stream"
          data={[
            { label: 'Output', value: 'stdout' },
            { label: 'Errors', value: 'stderr' },
          ]}
          value={stream}
          onChange={(value) => setStream(value as Stream)}
        />
        <TextInput
          size="xs"
          label="Find in the log"
          type="search"
          data-search
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label="Follow"
          checked={follow}
          onChange={(event) => setFollow(event.currentTarget.checked)}
        />
        <Checkbox size="xs" label="Wrap" checked={wrap} onChange={(event) => setWrap(event.currentTarget.checked)} />
        <Button size="xs" variant="default" onClick={() => download(`${runId}.${stream}.log`, kept?.text ?? '')}>
          Download
        </Button>
        {kept && kept.from > 0 && (
          <Button size="xs" variant="default" onClick={() => void older()}>
            Load older text
          </Button>
        )}
      </Group>
      {error !== null && <Problem error={error} onRetry={() => void more()} />}
      <div
        ref={scroller}
        className="log"
        role="log"
        aria-label={stream === 'stdout' ? 'Output' : 'Errors'}
        aria-live="off"
        tabIndex={0}
        data-wrap={wrap || undefined}
        onWheel={(event) => event.deltaY < 0 && setFollow(false)}
        onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && setFollow(false)}
      >
        {shown.length === 0 && (
          <Text c="dimmed" p="md">
            {find ? 'No line has this in what is loaded.' : ended ? 'It printed nothing here.' : 'Nothing printed yet.'}
          </Text>
        )}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const one = shown[item.index];
            if (!one) return null;
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="log-line"
                data-selected={line === one.number || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button
                  type="button"
                  className="code-number"
                  tabIndex={-1}
                  aria-label={`Link to line ${one.number}`}
                  onClick={() => onLine(one.number)}
                >
                  {one.number}
                </button>
                <span>
                  {pieces(one.text).map((piece, index) => (
                    <span
                      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line never move
                      key={index}
                      style={{
                        ...(piece.color ? { color: `var(--spl-${piece.color})` } : {}),
                        ...(piece.bold ? { fontWeight: 700 } : {}),
                      }}
                    >
                      {piece.text}
                    </span>
                  ))}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RunLogsProps {
  runId: string;
  ended: boolean;
  line: number | undefined;
  onLine: (line: number) => void;
}
