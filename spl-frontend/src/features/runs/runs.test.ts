import { describe, expect, it } from 'vitest';
import { pieces } from './ansi';
import { folded } from './log';
import { phases } from './phases';
import { asQuery, runSearch, runsSearch } from './search';
import { asCurl, asPython, python, shell } from './snippets';
import { traceback } from './traceback';

describe('the filters of an address', () => {
  it('are what was put in, and nothing else', () => {
    const search = { state: 'queued,failed', window: '6h', q: '<img onerror>', owner: 'alice' };
    expect(runsSearch({ ...search, evil: '1', since: 'x' })).toEqual(search);
    expect(runsSearch({ state: 'nonsense', window: '9y', q: '' })).toEqual({});
  });
  it('name the same list for a minute', () => {
    const one = asQuery({ window: '1h' }, 10_000_000_000);
    expect(asQuery({ window: '1h' }, 10_000_000_100)).toEqual(one);
    expect(one.since).toBeLessThanOrEqual(10_000_000_000 - 3_600_000);
  });
  it('a line is a number above zero', () => {
    expect(runSearch({ tab: 'logs', line: '12' })).toEqual({ tab: 'logs', line: 12 });
    expect(runSearch({ line: '-1' })).toEqual({});
  });
});

describe('a log', () => {
  it.each([
    ['10%\r50%\r100%\ndone', '100%\ndone'],
    ['windows\r\nlines\r\n', 'windows\nlines\n'],
    ['plain', 'plain'],
  ])('%j reads as %j', (raw, text) => expect(folded(raw)).toBe(text));

  it('has the colours of a terminal and none of its marks', () => {
    expect(pieces('a\u001b[1;31mred\u001b[0m b\u001b[2K')).toEqual([
      { text: 'a', color: null, bold: false },
      { text: 'red', color: 'bad', bold: true },
      { text: ' b', color: null, bold: false },
    ]);
  });
});

describe('the phases of a run', () => {
  const base = { created_at: 1_000, started_at: 1_300, finished_at: 2_000 };
  it('follow one another', () => {
    const found = phases({ ...base, timings: { queued_ms: 100, build_ms: null, start_ms: 200, run_ms: 700 } }, 9_000);
    expect(found.map((one) => [one.kind, one.from, one.ms])).toEqual([
      ['queued', 1_000, 100],
      ['start', 1_100, 200],
      ['run', 1_300, 700],
    ]);
  });
  it('grow while they go on', () => {
    const run = { created_at: 1_000, started_at: null, finished_at: null, timings: {} };
    expect(phases(run, 4_000)).toEqual([{ kind: 'queued', label: 'Waited for a machine', from: 1_000, ms: 3_000 }]);
  });
});

describe('snippets', () => {
  const hostile = `'; rm -rf / #"\n$(x)`;
  it('a shell reads any text as one word', () => {
    expect(shell("it's")).toBe(`'it'\\''s'`);
    expect(shell('plain-1.0')).toBe('plain-1.0');
  });
  it('Python reads any value as it was', () => {
    expect(python({ a: [1, true, null, 'x"y'] })).toBe('{"a": [1, True, None, "x\\"y"]}');
    expect(python(hostile)).toBe(JSON.stringify(hostile));
  });
  it('a call says whose, which and with what', () => {
    const call = { owner: 'alice', library: 'risk', object: 'report', kwargs: { book: 'B1', 'not a name': 1 } };
    expect(asPython(call)).toContain('owner="alice"');
    expect(asPython(call)).toContain('kwargs={"book": "B1", "not a name": 1}');
    expect(asCurl(call)).toContain(`'{"object":"report"`);
  });
});

describe('an error', () => {
  it('reads as Python prints it, with what caused it first', () => {
    const frames = [{ file: '/home/x/bundles/8/src/main.py', line: 4, function: 'broken', source: 'return 1 / x' }];
    const text = traceback({
      type: 'ValueError',
      message: 'no',
      frames: [],
      cause: { type: 'ZeroDivisionError', message: 'division by zero', frames },
    });
    expect(text).toBe(
      [
        'Traceback (most recent call last):',
        '  File "main.py", line 4, in broken',
        '    return 1 / x',
        'ZeroDivisionError: division by zero',
        '',
        'The above exception was the direct cause of the following exception:',
        '',
        'ValueError: no',
      ].join('\n'),
    );
  });
});
