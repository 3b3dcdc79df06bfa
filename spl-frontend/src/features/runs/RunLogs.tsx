import { Button, Checkbox, Group, SegmentedControl, Text, TextInput } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useDebouncedValue } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { $api } from '@/api/client';
import { Problem } from '@/components/Problem';
import { download } from '@/lib/download';
import './logs.css';
import { pieces } from './ansi';
import { linesOf } from './log';
import { type Stream, useLog } from './useLog';

const LINE = 20;
// Text above what is in view is loaded before one comes to its edge.
const NEAR = 400;

/** What a run printed: its end first, older text as one scrolls up, and what comes as it comes. */
export function RunLogs({ runId, ended, line, onLine }: RunLogsProps) {
  const [stream, setStream] = useState<Stream>('stdout');
  const [follow, setFollow] = useState(line === undefined);
  const [wrap, setWrap] = useState(false);
  const [find, setFind] = useState('');
  const [wanted] = useDebouncedValue(find.trim(), 250);
  const { log, error, more, older, whole } = useLog({ runId, stream, ended, line, follow });
  const found = $api.useQuery(
    'get',
    '/remote-runs/{run_id}/logs/find',
    { params: { path: { run_id: runId }, query: { stream, text: wanted } } },
    { enabled: wanted !== '' },
  );
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(log), [log]);
  const first = log?.first ?? 1;
  const finding = wanted !== '' && find.trim() !== '';
  const hits = finding ? (found.data?.items ?? []) : null;
  const count = hits ? hits.length : lines.length;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    getItemKey: (index) => (hits ? `found ${hits[index]?.line ?? index}` : first + index),
    overscan: 20,
  });

  useEffect(() => {
    if (follow && !finding && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, finding, count, virtual]);
  // Each line that is linked to is gone to once: afterwards one may scroll away.
  const gone = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (line === undefined || finding || line === gone.current || line < first || line >= first + lines.length) return;
    gone.current = line;
    virtual.scrollToIndex(line - first, { align: 'center' });
  }, [line, finding, first, lines.length, virtual]);
  // What was in view stays in view when older lines come before it; a log that ends elsewhere is another part.
  const before = useRef(log);
  useEffect(() => {
    const added = before.current && log && before.current.to === log.to ? before.current.first - log.first : 0;
    before.current = log;
    const element = scroller.current;
    if (added > 0 && element && !follow) element.scrollTop += added * LINE;
  }, [log, follow]);

  const scrolled = (element: HTMLDivElement) => {
    if (finding || !log) return;
    if (element.scrollTop < NEAR && log.first > 1) older();
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (left < NEAR && log.to < log.size) more(false);
  };
  const go = (number: number) => {
    setFollow(false);
    setFind('');
    gone.current = undefined;
    onLine(number);
  };
  const text = (index: number) => (hits ? (hits[index]?.text ?? '') : (lines[index] ?? ''));
  const numberOf = (index: number) => (hits ? (hits[index]?.line ?? 0) : first + index);

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
          label="Find in the whole log"
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
        <Button
          size="xs"
          variant="default"
          onClick={() => void whole().then((all) => download(`${runId}.${stream}.log`, all))}
        >
          Download
        </Button>
        {finding && (
          <Text size="sm" c="dimmed" role="status">
            {found.data
              ? `${found.data.items.length}${found.data.next === null ? '' : ' or more'} lines have it`
              : 'Looking…'}
          </Text>
        )}
      </Group>
      {error !== null && <Problem error={error} onRetry={() => more(follow)} />}
      {found.error && finding && <Problem error={found.error} />}
      <div
        ref={scroller}
        className="log"
        role="log"
        aria-label={stream === 'stdout' ? 'Output' : 'Errors'}
        aria-live="off"
        tabIndex={0}
        data-wrap={wrap || undefined}
        onScroll={(event) => scrolled(event.currentTarget)}
        onWheel={(event) => event.deltaY < 0 && setFollow(false)}
        onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && setFollow(false)}
      >
        {count === 0 && (log !== null || finding) && (
          <Text c="dimmed" p="md">
            {finding ? 'No line has this.' : ended ? 'It printed nothing here.' : 'Nothing printed yet.'}
          </Text>
        )}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const number = numberOf(item.index);
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="log-line"
                data-selected={line === number || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button
                  type="button"
                  className="code-number"
                  tabIndex={-1}
                  aria-label={`Link to line ${number}`}
                  onClick={() => go(number)}
                >
                  {number}
                </button>
                <span>
                  {pieces(text(item.index)).map((piece, index) => (
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
