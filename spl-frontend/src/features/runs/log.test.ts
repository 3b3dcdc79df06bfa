import { describe, expect, it } from 'vitest';
import { appended, begun, linesOf, prepended } from './log';

const piece = (text: string, offset: number, size: number, line: number | null = null) => ({
  text,
  offset,
  next_offset: offset + new TextEncoder().encode(text).length,
  size,
  line,
});

describe('a part of a log', () => {
  const tail = begun(piece('line 8\nline 9\n', 49, 63, 8));

  it('knows the numbers of its lines', () => {
    expect([tail.first, linesOf(tail)]).toEqual([8, ['line 8', 'line 9']]);
  });

  it('grows at both ends without losing count', () => {
    const grown = appended(tail, piece('line 10', 63, 70));
    const whole = prepended(grown, [piece('line 6\n', 35, 70, 6), piece('line 7\n', 42, 70)]);
    expect([whole.first, whole.from, whole.to]).toEqual([6, 35, 70]);
    expect(linesOf(whole)).toEqual(['line 6', 'line 7', 'line 8', 'line 9', 'line 10']);
  });

  it('lets the oldest lines go, whole, and still knows where it is', () => {
    const grown = appended(begun(piece('Grüße\nb\nc\n', 0, 12, 1)), piece('d\ne\n', 12, 16), 6);
    expect([grown.text, grown.first]).toEqual(['d\ne\n', 4]);
    expect(grown.from).toBe(12);
  });

  it('has no lines before it has any', () => {
    expect(linesOf(null)).toEqual([]);
    expect(linesOf(begun(piece('', 0, 0, 1)))).toEqual([]);
  });
});
