export const AUDIT_WINDOWS = { '1h': 3_600_000, '1d': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type AuditWindow = keyof typeof AUDIT_WINDOWS;

/** What the audit is narrowed down to. */
export interface AuditSearch {
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  q?: string | undefined;
  window?: AuditWindow | undefined;
  line?: number | undefined;
}

export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  const found: AuditSearch = {};
  for (const name of ['actor', 'action', 'target', 'q'] as const) {
    const value = raw[name];
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') found[name] = String(value);
  }
  if (typeof raw.window === 'string' && raw.window in AUDIT_WINDOWS) found.window = raw.window as AuditWindow;
  const line = Number(raw.line);
  if (Number.isSafeInteger(line) && line > 0) found.line = line;
  return found;
}

/** What the API is asked for. */
export interface AuditQuery {
  actor?: string;
  action?: string;
  target?: string;
  q?: string;
  since?: number;
}

export function asQuery(search: AuditSearch, now: number): AuditQuery {
  const { actor, action, target, q, window } = search;
  return {
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(target ? { target } : {}),
    ...(q ? { q } : {}),
    ...(window ? { since: now - AUDIT_WINDOWS[window] } : {}),
  };
}
