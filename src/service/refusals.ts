// What a session, its lock or its flow refuses, with the facts that the caller needs.

import { Refusal, type Violation } from '../session/errors.ts';
import { NO_SESSION } from '../store/session-store.ts';
import type { Position } from '../store/stored-head.ts';
import { ANY_SESSION } from './conditions.ts';

/** Where it is not known when another try may help. */
const RETRY_AFTER_MS = 1000;

/** The session is not what the caller's `ifMatch` says. */
export function conflict({ etag, revision }: Position, ifMatch: string): Refusal {
  return new Refusal('conflict', whatIsThere(revision, ifMatch), { facts: { etag, revision } });
}

function whatIsThere(revision: number, ifMatch: string): string {
  if (ifMatch === NO_SESSION)
    return `the request asks for no session, and there is one: it has revision ${revision}`;
  if (ifMatch === ANY_SESSION && revision === 0)
    return 'the request asks for a session, and there is none';
  const found = revision > 0 ? `it has revision ${revision}` : 'there is no live session';
  return `the session does not have the etag that ifMatch names: ${found}`;
}

/** The update id that the caller chose belongs to an update with other content, which took this
 * revision. */
export function idReused({ revision }: Position): Refusal {
  return new Refusal(
    'id_reused',
    `the updateId was used for another update of the session, revision ${revision}; ` +
      'nothing was stored: give each update an id of its own, and send a retry with the content ' +
      'of the first attempt',
    { facts: { revision } },
  );
}

/** The flow's definition does not allow the update. */
export function schemaViolation(flowId: string, found: readonly Violation[]): Refusal {
  const violations = found.map(({ pointer, message }) => ({ pointer, message }));
  const [first] = violations;
  return new Refusal(
    'schema_violation',
    `the flow definition "${flowId}" does not allow the update: ` +
      `${first?.pointer}: ${first?.message}` +
      (violations.length > 1 ? `, and ${violations.length - 1} more` : ''),
    { violations },
  );
}

/** The token presented does not hold the session's lock. */
export function lockLost(): Refusal {
  return new Refusal(
    'lock_lost',
    "the token does not hold the session's lock: it ran out, or was released; take the lock again",
  );
}

/** Somebody else holds the lock, and held it for as long as the caller could wait. `remainingMs`:
 * what is left of it, if that is known. */
export function locked(remainingMs = Number.NaN): Refusal {
  if (Number.isNaN(remainingMs)) {
    const retryAfterMs = RETRY_AFTER_MS;
    return new Refusal('locked', "others already wait for the session's lock", {
      facts: { retryAfterMs },
    });
  }
  const retryAfterMs = Math.max(1, Math.ceil(remainingMs));
  return new Refusal(
    'locked',
    "somebody else holds the session's lock; " +
      `unless it is renewed, it ends within ${retryAfterMs} ms`,
    { facts: { retryAfterMs } },
  );
}
