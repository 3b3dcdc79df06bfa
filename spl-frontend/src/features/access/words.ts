import type { Schemas } from '@/api/types';

type Grant = Schemas['GrantView'];
export type Permission = Grant['permission'];

/** What each permission lets somebody do. */
export const PERMISSIONS: Record<Permission, string> = {
  read: 'see it and how it is called',
  source: 'read its source',
  execute: 'run it',
  write: 'publish and delete in it',
  admin: 'grant access to it and change it',
  use: 'send runs to it',
};

export const LIBRARY_PERMISSIONS: readonly Permission[] = ['read', 'source', 'execute', 'write', 'admin'];

/** One line of the matrix: what somebody was given on one thing. */
export interface Line {
  key: string;
  who: string;
  kind: 'user' | 'team';
  what: string;
  object: string | null;
  isMachine: boolean;
  permissions: Permission[];
  expires: number | null;
  by: string;
}

/** Grants put together by who and what. */
export function lines(grants: readonly Grant[]): Line[] {
  const found = new Map<string, Line>();
  for (const grant of grants) {
    const kind = grant.team ? 'team' : 'user';
    const who = grant.team ?? grant.user ?? '';
    const what = grant.library ?? grant.machine ?? '';
    const key = [kind, who, what, grant.object ?? ''].join(' ');
    const line = found.get(key) ?? {
      key,
      who,
      kind,
      what,
      object: grant.object,
      isMachine: grant.machine !== null,
      permissions: [],
      expires: grant.expires_at,
      by: grant.created_by,
    };
    line.permissions.push(grant.permission);
    found.set(key, line);
  }
  const order = Object.keys(PERMISSIONS);
  for (const line of found.values()) line.permissions.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return [...found.values()].sort((a, b) => (`${a.what} ${a.who}` < `${b.what} ${b.who}` ? -1 : 1));
}

interface Person {
  key: string;
  who: string;
  kind: 'user' | 'team';
}

interface Thing {
  key: string;
  label: string;
  what: string;
  object: string | null;
  isMachine: boolean;
}

/** Lines as a matrix: who has something, what is shared, and the line where the two meet. */
export function matrix(found: readonly Line[]) {
  const people = new Map<string, Person>();
  const things = new Map<string, Thing>();
  const cells = new Map<string, Line>();
  for (const line of found) {
    const person = { key: `${line.kind} ${line.who}`, who: line.who, kind: line.kind };
    const label = line.object ? `${line.what}/${line.object}` : line.what;
    const key = `${line.isMachine ? 'machine' : 'library'} ${label}`;
    people.set(person.key, person);
    things.set(key, { key, label, what: line.what, object: line.object, isMachine: line.isMachine });
    cells.set(`${person.key} ${key}`, line);
  }
  const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
  return {
    people: [...people.values()].sort(byKey),
    things: [...things.values()].sort(byKey),
    at: (person: Person, thing: Thing): Line | undefined => cells.get(`${person.key} ${thing.key}`),
  };
}

/** What saving would change for somebody, in words. */
export function preview(
  who: string,
  what: string,
  before: readonly Permission[],
  after: readonly Permission[],
): string {
  const gained = after.filter((one) => !before.includes(one));
  const lost = before.filter((one) => !after.includes(one));
  if (gained.length === 0 && lost.length === 0) return `Nothing would change for ${who || 'them'}.`;
  const parts = [];
  if (gained.length > 0) parts.push(`${who} could ${gained.map((one) => PERMISSIONS[one]).join(', ')}`);
  if (lost.length > 0) parts.push(`${who} could no longer ${lost.map((one) => PERMISSIONS[one]).join(', ')}`);
  return `${parts.join('; ')} (${what}).`;
}
