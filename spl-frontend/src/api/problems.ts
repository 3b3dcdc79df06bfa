import type { components } from './schema';

type Body = Partial<components['schemas']['Problem']> & { request_id?: string };

/** What the server says when it refuses or fails, as the problem document that it sent. */
export class ProblemError extends Error {
  readonly status: number;
  /** Stable: pages decide by this, never by the text. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | null;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;
  /** Seconds, where the server named a time to come back. */
  readonly retryAfter: number | null;

  constructor(status: number, body: Body, headers: Headers) {
    const title = body.title ?? `The server answered ${status}.`;
    super(body.detail || title);
    this.name = 'ProblemError';
    this.status = status;
    this.code = body.code ?? 'unexpected_answer';
    this.title = title;
    this.detail = body.detail ?? '';
    this.hint = body.hint ?? null;
    this.details = body.details ?? {};
    const told = this.details.request_id;
    this.requestId = body.request_id ?? (typeof told === 'string' ? told : headers.get('x-request-id'));
    const after = Number(headers.get('retry-after'));
    this.retryAfter = Number.isFinite(after) && after > 0 ? after : null;
  }
}

/** There was no answer at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server did not answer. Your network or the server may be down.', { cause });
    this.name = 'Unreachable';
  }
}

/** The problem that a response tells of, whatever its body is. */
export async function problemOf(response: Response): Promise<ProblemError> {
  let body: Body = {};
  try {
    const found: unknown = await response.json();
    if (typeof found === 'object' && found !== null) body = found as Body;
  } catch {
    // A proxy's page in place of ours: the status has to do.
  }
  return new ProblemError(response.status, body, response.headers);
}
