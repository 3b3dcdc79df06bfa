import { apiUrl } from './base';
import { problemOf, Unreachable } from './problems';

let known: string | null = null;

/** The proof that our own page sends a change. It belongs to the session, so it is asked for once. */
export async function csrf(): Promise<string> {
  if (known !== null) return known;
  let response: Response;
  try {
    response = await globalThis.fetch(apiUrl('/session'), { headers: { Accept: 'application/json' } });
  } catch (error) {
    throw new Unreachable(error);
  }
  if (!response.ok) throw await problemOf(response);
  const session: { csrf: string } = await response.json();
  known = session.csrf;
  return known;
}

export function rememberCsrf(value: string): void {
  known = value;
}

export function forgetCsrf(): void {
  known = null;
}
