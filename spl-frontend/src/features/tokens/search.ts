/** Which kind of credential a page is about, and what a new one is bound to. */
export interface TokensSearch {
  kind?: string | undefined;
  library?: string | undefined;
  object?: string | undefined;
  machine?: string | undefined;
  ended?: boolean | undefined;
  sort?: TokenSort | undefined;
}

export const SORTS = ['name', 'used', 'ends', 'made'] as const;
type SortName = (typeof SORTS)[number];
export type TokenSort = SortName | `-${SortName}`;

const KINDS = new Set(['user', 'machine', 'subtoken', 'execution']);

export function tokensSearch(raw: Record<string, unknown>): TokensSearch {
  const found: TokensSearch = {};
  if (typeof raw.kind === 'string' && KINDS.has(raw.kind)) found.kind = raw.kind;
  for (const name of ['library', 'object', 'machine'] as const) {
    const value = raw[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
  }
  found.sort = SORTS.flatMap((name): TokenSort[] => [name, `-${name}`]).find((one) => one === raw.sort);
  if (!found.sort) delete found.sort;
  if (raw.ended === true || raw.ended === 'true') found.ended = true;
  return found;
}
