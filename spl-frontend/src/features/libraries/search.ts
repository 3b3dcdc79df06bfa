/** What a list of libraries, or of a library's objects, is searched for. */
export interface LibrariesSearch {
  q?: string | undefined;
  whose?: 'mine' | 'shared' | undefined;
  tab?: string | undefined;
}

export function librariesSearch(raw: Record<string, unknown>): LibrariesSearch {
  const found: LibrariesSearch = {};
  if (typeof raw.q === 'string' && raw.q !== '') found.q = raw.q;
  if (raw.whose === 'mine' || raw.whose === 'shared') found.whose = raw.whose;
  if (typeof raw.tab === 'string') found.tab = raw.tab;
  return found;
}
