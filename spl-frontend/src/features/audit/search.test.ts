import { describe, expect, it } from 'vitest';
import { asQuery, auditSearch } from './search';

describe('the filters of the audit', () => {
  it('are what the address says, and nothing else', () => {
    expect(auditSearch({ actor: 'bob', window: '1d', line: '7', evil: 'x', q: '' })).toEqual({
      actor: 'bob',
      window: '1d',
      line: 7,
    });
    expect(auditSearch({ window: '1y', line: -3 })).toEqual({});
  });
  it('are asked of the server', () => {
    expect(asQuery({ actor: 'bob', window: '1h', line: 7 }, 10_000_000)).toEqual({ actor: 'bob', since: 6_400_000 });
  });
});
