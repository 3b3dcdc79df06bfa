export function auditSearch(raw: Record<string, unknown>): { tab?: string } {
  return typeof raw.tab === 'string' ? { tab: raw.tab } : {};
}
