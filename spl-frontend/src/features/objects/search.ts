/** Which version, function and tab of an object a page shows. */
export interface ObjectSearch {
  version?: string | undefined;
  function?: string | undefined;
  tab?: string | undefined;
  line?: number | undefined;
}

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);

export function objectSearch(raw: Record<string, unknown>): ObjectSearch {
  const line = Number(raw.line);
  const found: ObjectSearch = {
    version: text(raw.version),
    function: text(raw.function),
    tab: text(raw.tab),
    line: Number.isSafeInteger(line) && line > 0 ? line : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export interface CompareSearch {
  a?: string | undefined;
  b?: string | undefined;
}

export function compareSearch(raw: Record<string, unknown>): CompareSearch {
  const found: CompareSearch = { a: text(raw.a), b: text(raw.b) };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
