import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryHooks from 'openapi-react-query';
import { base } from './base';
import { csrf, forgetCsrf } from './csrf';
import { exactJson } from './exact';
import { problemOf, Unreachable } from './problems';
import type { paths } from './schema';
import { sessionEnded } from './sessionEnd';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `fetch` as the console uses it: errors are thrown, changes carry the proof that this page sent them. */
export async function request(input: Request): Promise<Response> {
  const isSafe = SAFE.has(input.method);
  const isSignIn = input.method === 'POST' && new URL(input.url).pathname.endsWith('/api/session');
  if (!isSafe && !isSignIn) input.headers.set('X-SPL-CSRF', await csrf());
  let response: Response;
  try {
    // Looked up at each call: tests put another one in its place.
    response = await globalThis.fetch(input);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable(error);
  }
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && !isSignIn) {
    forgetCsrf();
    sessionEnded.tell();
  }
  throw problem;
}

/** Numbers that JavaScript can't hold come as text, so that nothing is shown that was never sent. */
const exact: Middleware = {
  async onResponse({ response }) {
    if (!response.headers.get('content-type')?.includes('json')) return undefined;
    const text = await response.text();
    return new Response(text === '' ? null : exactJson(text), response);
  },
};

export const api = createFetchClient<paths>({
  baseUrl: new URL('api', base()).href,
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
  fetch: request,
});
api.use(exact);

/** Queries and mutations with the API's own types: `$api.useQuery('get', '/machines')`. */
export const $api = createQueryHooks(api);
