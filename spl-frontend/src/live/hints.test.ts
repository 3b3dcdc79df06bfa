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

  it('what a grant changes is everything that may appear or vanish with it', () => {
    const grant = [{ kind: 'grant', id: 'g' } as const];
    for (const path of ['/grants', '/access/explain', '/libraries', '/objects/{name}', '/machines'])
      expect(touches(['get', path, {}], grant)).toBe(true);
    expect(touches(['get', '/audit', {}], grant)).toBe(false);
  });
});
