export type NewKind = 'user' | 'subtoken' | 'execution';

export interface Draft {
  kind: NewKind;
  name: string;
  days: number;
  scopes: readonly string[];
  library: string;
  object: string;
  function: string;
  machine: string;
  users: readonly string[];
}

/** What each scope lets its holder do, in words. */
export const SCOPES: Record<string, string> = {
  'catalog:read': 'see libraries, objects and signatures',
  'object:write': 'publish and delete objects',
  'object:read_source': 'read source',
  'library:admin': 'make libraries, and grant access to them',
  'run:create': 'run objects',
  'run:read': 'see runs, their logs and results',
  'run:cancel': 'cancel runs',
  'machine:read': 'see machines',
  'machine:admin': 'add, change and remove machines',
  'token:admin': 'make and revoke credentials',
  'console:read': 'open this console',
  'audit:read': "read everybody's audit",
  'ops:read': 'read metrics',
  'server:admin': 'administer the server',
};

// From looking on to running; the rest is chosen on purpose.
export const LEAST: readonly string[] = ['catalog:read', 'run:create', 'run:read'];

/** What a token would be able to do, in one sentence, before it is made. */
export function summary(draft: Draft): string {
  const ends = `It ends in ${draft.days} ${draft.days === 1 ? 'day' : 'days'}.`;
  switch (draft.kind) {
    case 'execution': {
      const what = draft.object
        ? `“${draft.object}${draft.function ? `::${draft.function}` : ''}” of ${draft.library || 'a library'}`
        : `everything in ${draft.library || 'a library'}`;
      return `Whoever has it can run ${what}, see those runs, and do nothing else. ${ends}`;
    }
    case 'subtoken':
      return `${draft.users.length > 0 ? draft.users.join(', ') : 'Nobody yet'} can, beside their own token, send runs to ${
        draft.machine || 'a machine'
      }. By itself it can do nothing. ${ends}`;
    default: {
      const words = draft.scopes.map((scope) => SCOPES[scope] ?? scope);
      return words.length === 0
        ? `It can do nothing yet. ${ends}`
        : `Whoever has it acts as you, and can ${words.join('; ')}. ${ends}`;
    }
  }
}

/** What is still missing before it can be made. */
export function missing(draft: Draft): string | null {
  if (draft.name.trim() === '') return 'Give it a name, so that you know it again.';
  if (draft.kind === 'execution' && !draft.library) return 'Choose the library.';
  if (draft.kind === 'subtoken' && !draft.machine) return 'Choose the machine.';
  if (draft.kind === 'subtoken' && draft.users.length === 0) return 'Name the users who may have it.';
  if (draft.kind === 'user' && draft.scopes.length === 0) return 'Choose what it may do.';
  return null;
}
