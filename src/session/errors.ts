// Every refusal of the service, by reason. What a caller sees of a reason is in one table:
// transport/refusals.ts.

/** Why a request was refused. */
export const REFUSAL_REASONS = [
  /** Something is missing in the request, or is in a form that cannot be used. */
  'invalid',
  /** No credential, or one of an unknown form. */
  'unauthenticated',
  /** A credential of a known form that is not accepted. */
  'wrong_credential',
  /** A Bearer token that is not accepted. Callers see a difference from a missing token. */
  'wrong_bearer',
  /** The caller has no right to it, or a setting turns off the operation or this way of calling
   * it. */
  'forbidden',
  /** There is no such session, route or method. */
  'not_found',
  /** The route exists, with another method. */
  'method_not_allowed',
  /** There is no such RPC, or it cannot be called in this form. */
  'unimplemented',
  /** The body has a type or an encoding that is not supported. */
  'unsupported_media_type',
  /** Body, session or answer exceeds its limit. */
  'too_large',
  /** The flow's definition does not allow what is in the update. */
  'schema_violation',
  /** The session's etag is not the one that the caller sent. */
  'conflict',
  /** The update id that the caller chose was used for another update of the session. */
  'id_reused',
  /** Somebody else held the session's lock for as long as the caller could wait. */
  'locked',
  /** The token that the caller presented does not hold the session's lock. */
  'lock_lost',
  /** The frames of that earlier revision have been folded. */
  'compacted',
  /** Nothing of the session's stored state can be read. */
  'damaged',
  /** The store did not answer in time; whether a write took effect is unknown, and it may be sent
   * again. */
  'unavailable',
  /** The same, for a write with a precondition or a lock: repeat it with the same id, or inspect
   * the session. */
  'outcome_unknown',
  /** The caller makes more calls in a second than its secret allows. */
  'rate_limited',
  /** Too many requests are in flight, or the service is shutting down. */
  'overloaded',
  /** As many Watch calls are open as the process allows. */
  'too_many_watches',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Why a request failed: a refusal, or a bug. Label `error_type` of
 * `cognigy_session_errors_total`. */
export const ERROR_TYPES = [...REFUSAL_REASONS, 'internal'] as const;

export type ErrorType = (typeof ERROR_TYPES)[number];

/** One thing that is wrong with a request. */
export type Violation = {
  /** JSON pointer into the request; empty for the whole. */
  pointer: string;
  /** Action, rule and value; never the content of a session. */
  message: string;
};

/** What a program needs to act on a refusal. */
export type RefusalFacts = {
  /** Current etag of the session, where it was not the expected one; empty if there is no
   * session. */
  etag?: string;
  /** Revision of that session, 0 if there is none; or of the earlier update with the reused id. */
  revision?: number;
  /** The earliest revision that can be restored. */
  oldestRevision?: number;
  /** When a retry may succeed, milliseconds from now. */
  retryAfterMs?: number;
};

/** A request that cannot be served, for a reason that the caller can act on. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  readonly violations: readonly Violation[];
  readonly facts: RefusalFacts;

  constructor(
    reason: RefusalReason,
    message: string,
    options: { violations?: Violation[]; facts?: RefusalFacts; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.violations = options.violations ?? [];
    this.facts = options.facts ?? {};
  }
}

/** A refusal (`invalid`) because of one thing in the request. */
export function invalid(pointer: string, message: string): Refusal {
  return new Refusal('invalid', message, { violations: [{ pointer, message }] });
}
