export function objectSearch(raw: Record<string, unknown>): { tab?: string } {
  return typeof raw.tab === 'string' ? { tab: raw.tab } : {};
}

export function compareSearch(raw: Record<string, unknown>): { tab?: string } {
  return typeof raw.tab === 'string' ? { tab: raw.tab } : {};
}
