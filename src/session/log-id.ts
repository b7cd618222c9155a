import { hash } from 'node:crypto';

const LOG_ID_HEX_DIGITS = 12;

/** The name of a session or user in logs: the first 12 hex digits of the SHA-256 of its id. */
export function logIdOf(id: string): string {
  return hash('sha256', id, 'hex').slice(0, LOG_ID_HEX_DIGITS);
}
