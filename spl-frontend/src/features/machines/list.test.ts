import { describe, expect, it } from 'vitest';
import { machinesCsv } from './columns';
import { arranged, byOwner, isOutdated, type Machine, pythonOf, systemOf } from './list';
import { machinesSearch, sortOf } from './search';

const machine = (name: string, more: Partial<Machine> = {}): Machine => ({
  id: name,
  name,
  display_name: '',
  owner: 'alice',
  status: 'online',
  online: true,
  running: 0,
  capacity: 2,
  labels: [],
  policy: [],
  snapshot: {},
  can: [],
  draining: false,
  max_concurrent: null,
  daemon_version: null,
  connected_at: null,
  last_seen_at: null,
  lease_expires_at: null,
  created_at: 0,
  revoked_at: null,
  ...more,
});

describe('a list of machines', () => {
  const all = [
    machine('b', { running: 2 }),
    machine('A', { running: 1, labels: ['gpu'] }),
    machine('c', { status: 'offline', online: false }),
  ];
  it.each([
    ['name', 'A b c'],
    ['-name', 'c b A'],
    ['-running', 'b A c'],
    ['seen', 'c b A'],
    ['nonsense', 'A b c'],
  ])('is sorted by %s', (sort, names) => {
    const found = arranged(all, {}, sortOf(sort)).map((one) => one.name);
    expect(sort === 'seen' ? found[0] : found.join(' ')).toBe(sort === 'seen' ? 'c' : names);
  });
  it('is narrowed by status, label and text', () => {
    expect(arranged(all, { status: 'offline' }, sortOf('name'))).toHaveLength(1);
    expect(arranged(all, { label: 'gpu' }, sortOf('name')).map((one) => one.name)).toEqual(['A']);
    expect(arranged(all, { q: 'B' }, sortOf('name')).map((one) => one.name)).toEqual(['b']);
  });
  it('keeps in the address what it knows', () => {
    expect(machinesSearch({ status: 'online', q: 'x', sort: '-name', evil: 1 })).toEqual({
      status: 'online',
      q: 'x',
      sort: '-name',
    });
    expect(machinesSearch({ status: 'nonsense', sort: '<script>' })).toEqual({});
  });
});

describe('what a machine tells of itself', () => {
  it('is its Python and its system, or nothing', () => {
    const told = machine('a', {
      snapshot: {
        platform: 'Linux-6.1.0-x86_64-with-glibc2.36',
        environments: [
          { name: 'old', version: '3.12.1' },
          { name: 'default', version: '3.13.0' },
        ],
      },
    });
    expect([pythonOf(told), systemOf(told)]).toEqual(['3.13.0', 'Linux']);
    const odd = machine('b', { snapshot: { environments: 'none', platform: 3 } });
    expect([pythonOf(odd), systemOf(odd)]).toEqual([null, null]);
  });
  it.each([
    ['1.9.0', '1.10.0', true],
    ['1.10.0', '1.9.0', false],
    ['1.0.0', '1.0.0', false],
    [null, '1.0.0', false],
    ['1.0.0', undefined, false],
  ])('%s beside a server %s is outdated: %s', (daemon, server, is) => expect(isOutdated(daemon, server)).toBe(is));
});

describe('a list of several owners', () => {
  const all = [machine('a', { owner: 'bob' }), machine('b'), machine('c', { owner: 'bob' })];
  it('is grouped, and narrowed to one', () => {
    expect(byOwner(all).map(([owner, own]) => [owner, own.map((one) => one.name).join(' ')])).toEqual([
      ['alice', 'b'],
      ['bob', 'a c'],
    ]);
    expect(arranged(all, { owner: 'alice' }, sortOf('name'))).toHaveLength(1);
  });
  it('is a spreadsheet whose texts stay texts', () => {
    const text = machinesCsv([machine('=1+1', { labels: ['gpu', 'big, one'] })]);
    expect(text.split('\r\n').length).toBeGreaterThan(1);
    expect(text).toContain('"gpu big, one"');
    expect(text).not.toMatch(/(^|,)=1/m);
  });
});
