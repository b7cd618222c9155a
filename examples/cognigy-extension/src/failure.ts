// Why a call did not succeed, for the flow and for its log.

/** No text of it contains a secret, or contents of a session. */
export type Failure = {
  failed: true;
  /** For programs: the service's reason (docs/reference/errors.md), or one of this extension. */
  reason: string;
  /** What happened, and what to do about it. */
  message: string;
  /** The HTTP status, or null if there was no answer. */
  status: number | null;
  /** Whether the same call may succeed later. */
  retryable: boolean;
  /** Whether the call may have taken effect all the same. */
  outcomeUnknown: boolean;
  /** Which fields are wrong: JSON pointers and messages of the service. */
  details?: unknown[];
};

/** A failure; what is not given is: no answer, not retryable, no effect. */
export function failureOf(given: Pick<Failure, 'reason' | 'message'> & Partial<Failure>): Failure {
  return { failed: true, status: null, retryable: false, outcomeUnknown: false, ...given };
}

/** Whether a call, or a step before it, failed. */
export function isFailure(value: object): value is Failure {
  return 'failed' in value && value.failed === true;
}

/** The failure as the flow gets it. */
export function errorOf({ failed: _, ...error }: Failure): Omit<Failure, 'failed'> {
  return error;
}

const DETAILS_IN_LOG = 5;

/** The failure as one line of the log. */
export function logTextOf({ reason, status, message, details = [] }: Failure): string {
  const pointers = details
    .slice(0, DETAILS_IN_LOG)
    .flatMap((detail) => Object.entries(Object(detail)))
    .flatMap(([name, value]) => (name === 'pointer' ? [String(value)] : []));
  const places = pointers.length > 0 ? ` (${pointers.join(', ')})` : '';
  return `${status ?? 'no answer'} ${reason}: ${message}${places}`;
}

/** What a flow builder or operator can do about a status, where the service's text does not say
 * it. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'Compare the secret of the Connection with COGNIGY_WEBHOOK_SECRET.',
  403: 'Compare the secret of the Connection with COGNIGY_WEBHOOK_SECRET, and its scopes.',
  404: 'Check the baseUrl of the Connection: the service has no such path there.',
  405: 'Check the baseUrl of the Connection: another server answers there.',
  409: 'Give each update an id of its own, or leave the field empty.',
  413: 'Save less: choose keys, or remove what is no longer needed.',
  422: "The definition of the flow does not allow what was sent; the answer's details say where.",
  429: 'Too many calls: raise the limit of what answers, or call less often.',
};

/** Statuses after which the same call may succeed; 423 is a session that somebody has locked. */
const RETRYABLE = new Set([423, 429, 502, 503, 504]);

/** What an answer that is no success means. */
export function failureFromAnswer(status: number, body: { [key: string]: unknown }): Failure {
  const { error, reason, details } = body;
  const isOurs = typeof error === 'string' && typeof reason === 'string';
  const said = isOurs ? error : 'the answer is not one of the service';
  return failureOf({
    reason: isOurs ? reason : reasonOfOther(status),
    message: [said.replace(/\.$/, ''), ADVICE[status]].filter(Boolean).join('. '),
    status,
    retryable: RETRYABLE.has(status),
    outcomeUnknown: status === 502 || status === 504 || reason === 'outcome_unknown',
    ...(Array.isArray(details) && { details }),
  });
}

/** The reason where something in front of the service answered. */
function reasonOfOther(status: number): string {
  if (status === 401 || status === 403) return 'wrong_credential';
  if (status === 429) return 'rate_limited';
  if (status === 413) return 'too_large';
  return RETRYABLE.has(status) ? 'unavailable' : 'unexpected_answer';
}
