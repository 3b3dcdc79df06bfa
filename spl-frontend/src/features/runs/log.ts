import type { Schemas } from '@/api/types';

/** A part of a log without a gap: bytes `from` to `to` of `size`, the first line of which has the number `first`. */
export interface Log {
  text: string;
  first: number;
  from: number;
  to: number;
  size: number;
}

type Piece = Pick<Schemas['LogPiece'], 'text' | 'offset' | 'next_offset' | 'size' | 'line'>;

// What a page keeps of an endless log; older text can be loaded again.
export const KEPT_CHARACTERS = 20_000_000;

const encoder = new TextEncoder();

/** The part that a numbered piece is. */
export function begun(piece: Piece): Log {
  return {
    text: piece.text,
    first: piece.line ?? 1,
    from: piece.offset,
    to: piece.next_offset,
    size: piece.size,
  };
}

/** With what follows it; of too much, the oldest lines are let go. */
export function appended(log: Log, piece: Piece, most = KEPT_CHARACTERS): Log {
  const whole = { ...log, text: log.text + piece.text, to: piece.next_offset, size: piece.size };
  if (whole.text.length <= most) return whole;
  const cut = whole.text.indexOf('\n', whole.text.length - most) + 1;
  if (cut === 0) return whole;
  const gone = whole.text.slice(0, cut);
  return {
    ...whole,
    text: whole.text.slice(cut),
    first: whole.first + breaks(gone),
    from: whole.from + encoder.encode(gone).length,
  };
}

/** With what comes before it: numbered pieces in their order, up to where it begins. */
export function prepended(log: Log, pieces: readonly Piece[]): Log {
  const [oldest] = pieces;
  if (!oldest) return log;
  const text = pieces.map((piece) => piece.text).join('');
  return { ...log, text: text + log.text, first: oldest.line ?? 1, from: oldest.offset };
}

/** Its lines; the last one may not be whole yet. */
export function linesOf(log: Log | null): string[] {
  if (!log || log.text === '') return [];
  return folded(log.text).replace(/\n$/, '').split('\n');
}

/** What stays of lines that were drawn over themselves: a progress bar is its last state. */
export function folded(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .split('\n')
    .map((line) => {
      const clean = line.endsWith('\r') ? line.slice(0, -1) : line;
      return clean.slice(clean.lastIndexOf('\r') + 1);
    })
    .join('\n');
}

function breaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
