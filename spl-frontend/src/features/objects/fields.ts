/** The part of JSON Schema that an input's type is told in. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  format?: string;
  default?: unknown;
  title?: string;
  description?: string;
}

export type Control = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'date' | 'datetime' | 'json';

export interface Field {
  name: string;
  control: Control;
  required: boolean;
  nullable: boolean;
  choices: string[];
  /** As Python writes the type. */
  type: string;
  /** What is used where nothing is given, as Python writes it. */
  default: string | null;
}

interface Input {
  name: string;
  required: boolean;
  type: string | null;
  default: string | null;
  schema: Schema;
}

/** How an input is asked for. */
export function fieldOf(input: Input): Field {
  const schema = input.schema;
  const options = (schema.anyOf ?? [schema]).filter((one) => one.type !== 'null');
  const types = [schema.type ?? []].flat();
  const nullable = types.includes('null') || (schema.anyOf ?? []).some((one) => one.type === 'null');
  const only = options.length === 1 ? (options[0] ?? {}) : null;
  const choices = only?.enum?.every((one) => typeof one === 'string') ? only.enum.map(String) : [];
  return {
    name: input.name,
    control: only === null ? 'json' : controlOf(only, choices.length > 0),
    required: input.required,
    nullable,
    choices,
    type: input.type ?? 'any value',
    default: input.default,
  };
}

function controlOf(schema: Schema, hasChoices: boolean): Control {
  if (hasChoices) return 'choice';
  const type = [schema.type ?? []].flat().filter((one) => one !== 'null');
  if (type.length !== 1) return 'json';
  switch (type[0]) {
    case 'string':
      return schema.format === 'date' ? 'date' : schema.format === 'date-time' ? 'datetime' : 'text';
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'json';
  }
}

/** What was typed into a form: text by field, and which fields are to be null. */
export type Typed = Record<string, string>;

/** A value, as JSON text so that no digit is lost, or why there is none. Nothing typed is nothing given. */
export type Read = { json: string } | { nothing: true } | { wrong: string };

/** What a field's text stands for. */
export function readField(field: Field, typed: string | undefined): Read {
  const raw = typed ?? '';
  if (raw === '' && !(field.control === 'text' && field.required && typed !== undefined)) {
    return field.required ? { wrong: 'This one is needed.' } : { nothing: true };
  }
  const trimmed = raw.trim();
  if (field.nullable && trimmed === 'null') return { json: 'null' };
  switch (field.control) {
    case 'text':
    case 'choice':
    case 'date':
    case 'datetime':
      return { json: JSON.stringify(raw) };
    case 'integer':
      return /^[+-]?\d+$/.test(trimmed)
        ? { json: trimmed.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1') }
        : { wrong: 'A whole number, like 42.' };
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)
        ? {
            json:
              Number.isSafeInteger(Number(trimmed)) || !/^[+-]?\d+$/.test(trimmed) ? String(Number(trimmed)) : trimmed,
          }
        : { wrong: 'A number, like 4.2.' };
    case 'boolean':
      return trimmed === 'true' || trimmed === 'false' ? { json: trimmed } : { wrong: 'true or false.' };
    case 'json':
      try {
        JSON.parse(raw);
        return { json: trimmed };
      } catch (error) {
        return { wrong: `JSON, like {"a": 1} or [1, 2]: ${error instanceof Error ? error.message : 'not readable'}.` };
      }
  }
}

/** The arguments of a call as a JSON text, or what is wrong with which field. */
export function readForm(fields: readonly Field[], typed: Typed): { json: string } | { wrong: Record<string, string> } {
  const parts: string[] = [];
  const wrong: Record<string, string> = {};
  for (const field of fields) {
    const read = readField(field, typed[field.name]);
    if ('wrong' in read) wrong[field.name] = read.wrong;
    else if ('json' in read) parts.push(`${JSON.stringify(field.name)}:${read.json}`);
  }
  return Object.keys(wrong).length > 0 ? { wrong } : { json: `{${parts.join(',')}}` };
}

/** A value as it is typed into its field. */
export function asTyped(field: Field, value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string' && field.control !== 'json') return value;
  return JSON.stringify(value);
}
