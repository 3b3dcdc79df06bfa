import { describe, expect, it } from 'vitest';
import { exactJson } from './exact';

describe('exactJson', () => {
  it.each([
    ['{"a":12345678901234567890}', { a: '12345678901234567890' }],
    ['[9007199254740991,-9007199254740993]', [9007199254740991, '-9007199254740993']],
    ['{"text":"say \\"12345678901234567890\\" twice"}', { text: 'say "12345678901234567890" twice' }],
    ['{"f":1234567890123456789.5}', { f: Number('1234567890123456789.5') }],
    ['{"small":1}', { small: 1 }],
  ])('%s', (text, value) => {
    expect(JSON.parse(exactJson(text))).toEqual(value);
  });
});
