// Turns what ioredis throws into a reason that an operator can act on. Only messages are kept: the
// errors themselves carry the command with its arguments, which are session contents, or a password.

import { tlsFailure } from './tls-failure.ts';

/** What ioredis says where it has no connection to send on; nothing was sent then. */
export const NOT_CONNECTED = "Stream isn't writeable and enableOfflineQueue options is false";

/** Messages of ioredis that only say that there was no connection to send on. */
const UNSENT = [
  'Connection is closed.',
  NOT_CONNECTED,
  "Cluster isn't ready and enableOfflineQueue options is false",
  'Reached the max retries per request limit',
  'Command aborted due to connection close',
  'Failed to refresh slots cache.',
];

/** Messages of ioredis that mean that no answer came in time. */
const UNANSWERED = ['Command timed out', 'Socket timeout.', 'timeout'];

/** How a system, its resolver, or a proxy in front of the server says that nobody is there. */
const UNREACHABLE =
  /^(connect (ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)|getaddrinfo (ENOTFOUND|EAI_AGAIN)|it hung up before it answered)/;

const NO_REDIS = 'its answer is not that of a Redis server: does STORE_URL name the right port?';
/** How ioredis begins to say that it cannot read an answer. */
const UNREADABLE = 'Unknown RESP type';

/** The cause that an error names; undefined if it only says that there was no connection. */
export function failureReason(error: unknown, timeoutMs: number): string | undefined {
  const message = messageOf(error);
  if (UNSENT.some((start) => message.startsWith(start))) return undefined;
  if (UNANSWERED.some((start) => message.startsWith(start))) return `timeout after ${timeoutMs} ms`;
  if (message.includes(UNREADABLE)) return NO_REDIS;
  return tlsFailure(error) ?? message;
}

/** Whether it is the reason of a server that answers nothing: no command, or not even a connection. */
export function isTimeout(reason: string): boolean {
  return reason.startsWith('timeout after') || reason === 'connect ETIMEDOUT';
}

/** Whether it is the reason of a server to which no connection can be made. */
export function isUnreachable(reason: string): boolean {
  return UNREACHABLE.test(reason);
}

/** A host with several addresses fails with one error for each, under an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
