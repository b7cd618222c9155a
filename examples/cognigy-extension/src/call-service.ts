// One call of the service, repeated until it is answered or its time has passed. Whatever is
// repeated is safe to repeat: an update has an id, a restore changes nothing, an erase is
// idempotent.

import type { Service } from './connection';
import { type Failure, failureFromAnswer, failureOf, isFailure } from './failure';
import type { JsonObject } from './flow-api';

/** How long one attempt may take. The service itself answers within REQUEST_DEADLINE_MS, 2 s. */
const ATTEMPT_MS = 4000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;

export type Call = {
  service: Service;
  /** The path below the base URL. */
  path: string;
  body: JsonObject;
  /** All attempts together. */
  timeLimitMs: number;
  /** Whether a body is what the method answers; anything else with status 200 is a failure. */
  isAnswer: (body: JsonObject) => boolean;
};

/** What the service answered, and after how many attempts. */
export type Answer = { body: JsonObject; attempts: number };

/** Calls the service. Anything but an answer of the method is a failure: what could not be read is
 * never "nothing there". */
export async function callService(call: Call): Promise<Answer | Failure> {
  if (typeof fetch !== 'function')
    return failureOf({
      reason: 'not_set_up',
      message: `this Cognigy runs extensions on Node ${process.versions.node}; they need Node 18`,
    });
  const body = JSON.stringify(call.body);
  const deadline = performance.now() + call.timeLimitMs;
  let isUnknown = false;
  for (let attempts = 1; ; attempts++) {
    const leftMs = deadline - performance.now();
    const result = await attempt(call, { body, timeoutMs: Math.min(ATTEMPT_MS, leftMs) });
    if (!isFailure(result)) return { body: result.body, attempts };
    // An earlier attempt may have taken effect, whatever the last one says.
    isUnknown ||= result.outcomeUnknown;
    const waitMs = result.retryAfterMs ?? backoffMs(attempts);
    if (!result.retryable || performance.now() + waitMs >= deadline) {
      const { retryAfterMs: _, ...failure } = result;
      const message = attempts > 1 ? `${failure.message} (${attempts} attempts)` : failure.message;
      return { ...failure, message, outcomeUnknown: isUnknown };
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

type FailedAttempt = Failure & { retryAfterMs?: number };

async function attempt(
  { service, path, isAnswer }: Call,
  { body, timeoutMs }: { body: string; timeoutMs: number },
): Promise<{ body: JsonObject } | FailedAttempt> {
  try {
    const response = await fetch(service.baseUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': service.secret },
      body,
      // A redirect would be followed with the secret, to wherever it leads.
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
    });
    const text = await response.text();
    if (response.status >= 300 && response.status < 400) return redirected(response.status);
    const answered = objectFrom(text);
    if (response.ok && answered && isAnswer(answered)) return { body: answered };
    if (response.ok)
      return failureOf({
        reason: 'unexpected_answer',
        message:
          'the answer is not one of the service. ' +
          'Check the baseUrl of the Connection: another server answers there.',
        status: response.status,
        outcomeUnknown: true,
      });
    return { ...failureFromAnswer(response.status, answered ?? {}), ...retryAfter(response) };
  } catch (error) {
    return failureWithoutAnswer(error);
  }
}

function redirected(status: number): Failure {
  return failureOf({
    reason: 'redirected',
    message:
      'the service was not reached: the baseUrl of the Connection leads to a redirect, ' +
      'which is not followed, since the secret would go with it. Enter the URL that it leads to.',
    status,
  });
}

/** Certificates do not become valid by trying again. */
const OF_TLS = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH)/;
/** The request was not sent: it has no effect. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

function failureWithoutAnswer(error: unknown): Failure {
  if (error instanceof Error && error.name === 'TimeoutError')
    return failureOf({
      reason: 'timeout',
      message: 'the service did not answer in time',
      retryable: true,
      outcomeUnknown: true,
    });
  const code = codeOf(error);
  const isOfTls = OF_TLS.test(code);
  return failureOf({
    reason: isOfTls ? 'tls' : 'unreachable',
    message: isOfTls
      ? `the certificate of the service is not accepted: ${code}`
      : `the service cannot be reached: ${code}`,
    retryable: !isOfTls,
    outcomeUnknown: !isOfTls && !NOT_SENT.test(code),
  });
}

/** Why a connection failed. Node has it in the cause, which may name several addresses. */
function codeOf(error: unknown): string {
  const { cause, code, name } = Object(error);
  const { code: inner, errors } = Object(cause);
  return String(inner ?? Object(errors?.[0]).code ?? code ?? Object(cause).message ?? name);
}

function objectFrom(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function retryAfter({ headers }: Response): { retryAfterMs?: number } {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}

/** Waits grow, and differ between conversations that fail at the same moment. */
function backoffMs(attempts: number): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS);
  return longest / 2 + Math.random() * (longest / 2);
}
