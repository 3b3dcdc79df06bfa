import { describe, expect, it } from 'vitest';
import { toCsv } from './csv';
import { absolute, bytes, duration, relative } from './format';

describe('format', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_240, '1.24 s'],
    [59_900, '59.9 s'],
    [192_000, '3 min 12 s'],
    [3_600_000, '1 h'],
    [187_200_000, '2 d 4 h'],
    [-5, '0 ms'],
    [null, '–'],
  ])('a duration of %s ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KB'],
    [999_999, '1.0 MB'],
    [123_456_789, '123 MB'],
    [Number.NaN, '–'],
  ])('%s bytes are %s', (size, text) => expect(bytes(size)).toBe(text));

  it.each([
    [0, 'now'],
    [-12_000, '12 s ago'],
    [-90_000, '1 min ago'],
    [3 * 86_400_000, 'in 3 days'],
    [-86_400_000, '1 day ago'],
  ])('%s ms from now is %s', (away, text) => expect(relative(1e12 + away, 1e12)).toBe(text));

  it('an absolute time says its zone', () => {
    expect(absolute(Date.UTC(2026, 2, 1, 14, 5, 9), 'utc')).toBe('2026-03-01 14:05:09 UTC');
    expect(absolute(Number.NaN)).toBe('–');
  });
});

describe('toCsv', () => {
  it('quotes what needs it', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,"y"', 1],
          [null, 'two\nlines'],
        ],
      ),
    ).toBe('a,b\r\n"x,""y""",1\r\n,"two\nlines"\r\n');
  });
  it('a cell that a sheet would run is text', () => {
    expect(toCsv(['a'], [['=HYPERLINK("http://x")'], ['-1+1'], [-1]])).toBe(
      'a\r\n"\'=HYPERLINK(""http://x"")"\r\n\'-1+1\r\n-1\r\n',
    );
  });
});
