import { describe, expect, it } from 'vitest';
import { arranged, type Machine } from './list';
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
