import { describe, expect, it } from 'vitest';
import { accessSearch } from './search';
import { type Line, lines, matrix, type Permission, preview } from './words';

const grant = (permission: 'read' | 'execute', more: object = {}) => ({
  id: permission,
  library: 'alice/risk',
  machine: null,
  object: null,
  user: 'bob',
  team: null,
  permission,
  created_at: 0,
  created_by: 'alice',
  expires_at: null,
  ...more,
});

describe('what saving would change', () => {
  it.each([
    [['read'], ['read', 'execute'], 'bob could run it (alice/risk).'],
    [['read', 'execute'], [], 'bob could no longer see it and how it is called, run it (alice/risk).'],
    [['read'], ['read'], 'Nothing would change for bob.'],
    [['read'], ['execute'], 'bob could run it; bob could no longer see it and how it is called (alice/risk).'],
  ] as const)('%j to %j', (before, after, text) => expect(preview('bob', 'alice/risk', before, after)).toBe(text));
});

describe('grants', () => {
  it('are one line for each who and what', () => {
    const found = lines([
      grant('read'),
      grant('execute'),
      grant('read', { user: null, team: 'quants' }),
      grant('read', { object: 'report' }),
    ]);
    expect(found.map((one) => [one.kind, one.who, one.object, one.permissions.join()])).toEqual([
      ['user', 'bob', null, 'read,execute'],
      ['user', 'bob', 'report', 'read'],
      ['team', 'quants', null, 'read'],
    ]);
  });
  it('keep in the address what they are of', () => {
    expect(accessSearch({ tab: 'why', library: 'a/b', evil: 1, user: '' })).toEqual({ tab: 'why', library: 'a/b' });
  });
});

describe('the matrix of grants', () => {
  const line = (who: string, what: string, permissions: Permission[], more: Partial<Line> = {}): Line => ({
    key: `${who} ${what}`,
    who,
    kind: 'user',
    what,
    object: null,
    isMachine: false,
    permissions,
    expires: null,
    by: 'alice',
    ...more,
  });

  it('has everybody once, everything once, and each grant where the two meet', () => {
    const { people, things, at } = matrix([
      line('bob', 'alice/risk', ['read']),
      line('carol', 'alice/risk', ['read', 'execute'], { object: 'report' }),
      line('bob', 'gpu', ['use'], { isMachine: true }),
      line('bob', 'alice/risk', ['admin'], { kind: 'team' }),
    ]);
    expect(people.map((one) => `${one.kind} ${one.who}`)).toEqual(['team bob', 'user bob', 'user carol']);
    expect(things.map((one) => one.label)).toEqual(['alice/risk', 'alice/risk/report', 'gpu']);
    const table = people.map((person) => things.map((thing) => at(person, thing)?.permissions.join(' ') ?? '-'));
    expect(table).toEqual([
      ['admin', '-', '-'],
      ['read', '-', 'use'],
      ['-', 'read execute', '-'],
    ]);
  });
});
