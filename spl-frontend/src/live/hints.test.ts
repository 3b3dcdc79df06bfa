import { describe, expect, it } from 'vitest';
import { touches } from './hints';

const run = { kind: 'run', id: 'run_1' } as const;

describe('touches', () => {
  it.each([
    [['get', '/remote-runs', {}], true],
    [['get', '/remote-runs/counts', {}], true],
    [['get', '/remote-runs/{run_id}', { params: { path: { run_id: 'run_1' } } }], true],
    [['get', '/remote-runs/{run_id}/logs', { params: { path: { run_id: 'run_2' } } }], false],
    [['get', '/console/overview', {}], true],
    [['get', '/machines', {}], false],
    [['something else'], false],
  ])('a hint about a run and %j: %s', (key, expected) => {
    expect(touches(key, [run])).toBe(expected);
  });

  it('access changes everything that may appear or vanish with it', () => {
    const access = [{ kind: 'access', id: 'usr_1' } as const];
    for (const path of ['/grants', '/access/explain', '/teams', '/libraries', '/objects/{name}', '/machines', '/audit'])
      expect(touches(['get', path, {}], access)).toBe(true);
    expect(touches(['get', '/tokens', {}], access)).toBe(false);
  });

  it('a library is looked at again with all that is in it', () => {
    const library = [{ kind: 'library', id: 'lib_1' } as const];
    for (const path of ['/libraries', '/owners/{owner}/libraries/{library}/objects', '/objects/{name}'])
      expect(touches(['get', path, {}], library)).toBe(true);
    expect(touches(['get', '/remote-runs', {}], library)).toBe(false);
  });
});
