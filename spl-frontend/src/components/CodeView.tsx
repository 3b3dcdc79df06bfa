import { Box } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import './code.css';

export type Language = 'python' | 'yaml' | 'text';
/** A line in coloured pieces. */
export type Paint = (text: string, language: Language) => { text: string; kind: string }[][];

interface CodeViewProps {
  text: string;
  language?: Language;
  label?: string;
  /** A line that the address names, as in `#L12`. */
  selected?: number | null;
  onSelect?: (line: number) => void;
}

const LINE_HEIGHT = 20;
// Up to here every line is in the document, so that the browser's own search finds it.
const ALL_LINES = 3_000;

/** Source with line numbers that can be linked to. */
export function CodeView({ text, language = 'text', label = 'Source', selected = null, onSelect }: CodeViewProps) {
  const plain = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const painted = usePaint(text, language);
  const scroller = useRef<HTMLDivElement>(null);
  const few = plain.length <= ALL_LINES;
  const virtual = useVirtualizer({
    count: plain.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  useEffect(() => {
    if (selected !== null && selected > 0) {
      if (scroller.current && few) scroller.current.scrollTop = Math.max(0, (selected - 5) * LINE_HEIGHT);
      else virtual.scrollToIndex(Math.min(selected, plain.length) - 1, { align: 'center' });
    }
  }, [selected, few, plain.length, virtual]);
  const line = (index: number): ReactNode => (
    <Line
      key={index}
      number={index + 1}
      selected={selected === index + 1}
      onSelect={onSelect}
      pieces={painted?.[index]}
      text={plain[index] ?? ''}
    />
  );
  return (
    <Box ref={scroller} className="code" role="region" aria-label={label} tabIndex={0}>
      {few ? (
        plain.map((_, index) => line(index))
      ) : (
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          <div style={{ transform: `translateY(${virtual.getVirtualItems()[0]?.start ?? 0}px)` }}>
            {virtual.getVirtualItems().map((item) => line(item.index))}
          </div>
        </div>
      )}
    </Box>
  );
}

interface LineProps {
  number: number;
  text: string;
  pieces: { text: string; kind: string }[] | undefined;
  selected: boolean;
  onSelect: ((line: number) => void) | undefined;
}

function Line({ number, text, pieces, selected, onSelect }: LineProps) {
  return (
    <div className="code-line" data-selected={selected || undefined}>
      <button
        type="button"
        className="code-number"
        aria-label={`Link to line ${number}`}
        tabIndex={-1}
        onClick={() => onSelect?.(number)}
      >
        {number}
      </button>
      <code>
        {pieces
          ? pieces.map((piece, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line never move
              <span key={index} className={piece.kind}>
                {piece.text}
              </span>
            ))
          : text}
      </code>
    </div>
  );
}

/** The coloured lines, once the painter is here; the text itself is there before. */
function usePaint(text: string, language: Language) {
  const [lines, setLines] = useState<ReturnType<Paint> | null>(null);
  useEffect(() => {
    let current = true;
    setLines(null);
    if (language === 'text') return;
    void import('./paint').then(({ paint }) => {
      if (current) setLines(paint(text, language));
    });
    return () => {
      current = false;
    };
  }, [text, language]);
  return lines;
}
