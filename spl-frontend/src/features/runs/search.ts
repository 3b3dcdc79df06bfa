export function runsSearch(raw: Record<string, unknown>): { tab?: string } {
  return typeof raw.tab === 'string' ? { tab: raw.tab } : {};
}

export function runSearch(raw: Record<string, unknown>): { tab?: string } {
  return typeof raw.tab === 'string' ? { tab: raw.tab } : {};
}
