import { Refusal } from '../session/errors.ts';

/** The refusal (`too_large`) of a request body that is larger than `bodyMaxBytes`. */
export function bodyTooLarge(bodyMaxBytes: number): Refusal {
  return new Refusal('too_large', `the body is larger than ${bodyMaxBytes} bytes (BODY_MAX_BYTES)`);
}
