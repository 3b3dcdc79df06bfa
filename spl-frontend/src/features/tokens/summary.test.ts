import { describe, expect, it } from 'vitest';
import { type Draft, missing, summary } from './summary';

const draft = (more: Partial<Draft>): Draft => ({
  kind: 'execution',
  name: 'billing',
  days: 30,
  scopes: [],
  library: 'alice/risk',
  object: '',
  function: '',
  machine: '',
  users: [],
  ...more,
});

describe('what a token will be able to do', () => {
  it.each([
    [
      draft({ object: 'report' }),
      'can run “report” of alice/risk, see those runs, and do nothing else. It ends in 30 days.',
    ],
    [draft({}), 'can run everything in alice/risk'],
    [draft({ kind: 'subtoken', machine: 'gpu', users: ['bob'] }), 'bob can, beside their own token, send runs to gpu.'],
    [draft({ kind: 'user', scopes: ['run:read'], days: 1 }), 'can see runs, their logs and results. It ends in 1 day.'],
    [draft({ kind: 'user' }), 'It can do nothing yet.'],
  ])('%j', (one, text) => expect(summary(one)).toContain(text));

  it.each([
    [draft({ name: ' ' }), 'Give it a name'],
    [draft({ library: '' }), 'Choose the library'],
    [draft({ kind: 'subtoken', machine: 'm' }), 'Name the users'],
    [draft({ kind: 'user' }), 'Choose what it may do'],
  ])('%j lacks something', (one, text) => expect(missing(one)).toContain(text));

  it('nothing is missing where nothing is', () => expect(missing(draft({}))).toBeNull());
});
