// Requests and answers that are larger than they may be.

import { Refusal } from '../session/errors.ts';

/** The refusal (`too_large`) of a request body that is larger than `bodyMaxBytes`. */
export function bodyTooLarge(bodyMaxBytes: number): Refusal {
  return new Refusal('too_large', `the body is larger than ${bodyMaxBytes} bytes (BODY_MAX_BYTES)`);
}

/** The refusal (`too_large`) of an answer that is larger than `answerMaxBytes`: it is never cut. */
export function answerTooLarge(answerMaxBytes: number): Refusal {
  const advice = 'raise SESSION_MAX_BYTES, or keep less';
  return new Refusal('too_large', `the answer is larger than ${answerMaxBytes} bytes: ${advice}`);
}
