import { describe, expect, it } from 'vitest';
import { asTyped, fieldOf, readField, readForm, type Schema } from './fields';

const input = (schema: Schema, more: object = {}) =>
  fieldOf({ name: 'x', required: true, type: null, default: null, schema, ...more });

describe('a field', () => {
  it.each<[Schema, string]>([
    [{ type: 'string' }, 'text'],
    [{ type: 'integer' }, 'integer'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'string', enum: ['a', 'b'] }, 'choice'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'array' }, 'json'],
    [{ type: 'object' }, 'json'],
    [{}, 'json'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer'],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 'json'],
  ])('of %j is asked for as %s', (schema, control) => expect(input(schema).control).toBe(control));

  it.each<[Schema, string, string]>([
    [{ type: 'integer' }, '12345678901234567890', '12345678901234567890'],
    [{ type: 'integer' }, ' -007 ', '-7'],
    [{ type: 'number' }, '1e3', '1000'],
    [{ type: 'number' }, '9007199254740993', '9007199254740993'],
    [{ type: 'string' }, '<img src=x onerror=alert(1)>', '"<img src=x onerror=alert(1)>"'],
    [{ type: 'string' }, ' padded ', '" padded "'],
    [{ type: 'boolean' }, 'true', 'true'],
    [{ type: 'array' }, '[12345678901234567890]', '[12345678901234567890]'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'null', 'null'],
  ])('%j reads %j as %s, digit by digit', (schema, typed, json) => {
    expect(readField(input(schema), typed)).toEqual({ json });
  });

  it.each<[Schema, string]>([
    [{ type: 'integer' }, '1.5'],
    [{ type: 'number' }, 'many'],
    [{ type: 'object' }, '{'],
    [{ type: 'integer' }, ''],
  ])('%j does not take %j', (schema, typed) => expect(readField(input(schema), typed)).toHaveProperty('wrong'));

  it('that is not needed may be left open', () => {
    expect(readField(input({ type: 'integer' }, { required: false }), '')).toEqual({ nothing: true });
  });

  it('shows a value as it would be typed', () => {
    expect(asTyped(input({ type: 'string' }), 'a')).toBe('a');
    expect(asTyped(input({ type: 'object' }), { a: 1 })).toBe('{"a":1}');
    expect(asTyped(input({ type: 'object' }), 'a')).toBe('"a"');
  });
});

describe('a form', () => {
  it('is one JSON text, or says what is wrong where', () => {
    const fields = [input({ type: 'integer' }), { ...input({ type: 'string' }), name: 'na"me', required: false }];
    expect(readForm(fields, { x: '1', 'na"me': 'v' })).toEqual({ json: '{"x":1,"na\\"me":"v"}' });
    expect(readForm(fields, { 'na"me': 'v' })).toEqual({ wrong: { x: 'This one is needed.' } });
  });
});
