import { describe, expect, it } from 'vitest';
import { accessSearch } from './search';
import { lines, preview } from './words';

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
