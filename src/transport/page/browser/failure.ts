// Calls that failed, and what to do about it.

/** A call that was refused, or got no answer. The message is for people. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** Of Connect, such as `not_found`; `unreachable` if there was no answer. */
  readonly code: string;
  /** Finer, as docs/reference/errors.md lists it; empty if there is none. */
  readonly reason: string;

  constructor({ code, message, reason }: { code: string; message: string; reason: string }) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** Of which only these fields are looked at. */
type ErrorJson = {
  code?: string;
  message?: string;
  details?: { debug?: { reason?: string } }[];
};

/** From the JSON of an error of Connect. */
export function failureFrom({ code = 'unknown', message = '', details = [] }: ErrorJson): Failure {
  const reason = details.find(({ debug }) => debug?.reason)?.debug?.reason ?? '';
  return new Failure({ code, message: message || 'The call failed.', reason });
}

/** The service did not answer, or not in a form of its own. */
export function unreachable(message: string): Failure {
  return new Failure({ code: 'unreachable', message, reason: '' });
}

/** What helps, in a sentence, by reason or else by code. */
const ADVICE: Readonly<Record<string, string>> = {
  not_found: 'It may have expired, or its id may be spelled differently: ids are case-sensitive.',
  compacted: 'Updates before that were merged into a snapshot: choose a later revision.',
  invalid_argument: 'Correct what the message names.',
  unauthenticated: 'Enter a token that the service accepts (RPC_TOKEN).',
  permission_denied: 'The token does not allow this: use another, or ask the operator.',
  rate_limited: 'The token may make so many calls per second: wait a moment, then try again.',
  too_many_watches: 'Stop following elsewhere, or raise WATCH_LIMIT.',
  resource_exhausted: 'Wait a moment, then try again.',
  unavailable: 'The store may be away: try again; /readyz of the admin listener says why.',
  deadline_exceeded: 'The store is slow: try again; /readyz of the admin listener says why.',
  unimplemented: 'This version of the service has no such call: update it.',
  unreachable: 'Check that the service runs, and that this address leads to it.',
  internal: 'It is a bug: the log of the service has its cause.',
};

/** What to do about a failure; empty if nothing is known that helps. */
export function adviceOn({ code, reason }: Failure): string {
  return ADVICE[reason] ?? ADVICE[code] ?? '';
}
