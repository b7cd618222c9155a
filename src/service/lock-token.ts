// The token of a lock: 16 random bytes as 22 characters of URL-safe base64. Whoever knows it holds
// the lock, so no message repeats it.

import { randomBytes } from 'node:crypto';
import { invalid } from '../session/errors.ts';

const TOKEN_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

export function createLockToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Refuses (`invalid`) what cannot be a token; an empty one means none, unless it is `required`. */
export function checkLockToken(
  token: string,
  { pointer, required = false }: { pointer: string; required?: boolean },
): void {
  if (TOKEN.test(token) || (token === '' && !required)) return;
  throw invalid(
    pointer,
    `${pointer.slice(1)} must be the token of a lock: 22 characters of URL-safe base64`,
  );
}
