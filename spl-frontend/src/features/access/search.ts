/** Which part of the access page is shown, and of what. */
export interface AccessSearch {
  tab?: string | undefined;
  user?: string | undefined;
  library?: string | undefined;
  object?: string | undefined;
  machine?: string | undefined;
  view?: 'matrix' | undefined;
}

export function accessSearch(raw: Record<string, unknown>): AccessSearch {
  const found: AccessSearch = {};
  for (const name of ['tab', 'user', 'library', 'object', 'machine'] as const) {
    const value = raw[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
  }
  if (raw.view === 'matrix') found.view = 'matrix';
  return found;
}
