// Why there is no connection to a server, where the error alone does not give the reason.
//
// A server without TLS does not refuse a TLS handshake: it waits for the end of a line. A server with
// TLS closes a connection that uses none. It also closes the connection, after a successful
// handshake, of a client that lacks the required certificate; the reason may or may not arrive
// before that. So the reason is derived from when a connection ended.

import type { Redis } from 'ioredis';
import { failureReason } from './failure-reason.ts';
import { isReached } from './tls-connector.ts';
import type { ConnectionOptions } from './topology.ts';

/** Messages of ioredis about a connection that took too long, and about a cluster's map that
 * waited for one. */
const NOT_CONNECTED_IN_TIME = ['connect ETIMEDOUT', 'timeout'];
const NO_TLS = 'has no TLS: then the URL begins with redis';
const HUNG_UP = ['ECONNRESET', 'EPIPE'];

type FailureOptions = Pick<ConnectionOptions, 'tls' | 'connectTimeoutMs' | 'commandTimeoutMs'>;

/** The cause in an error of a client or of a command on its connection; undefined if the error only
 * says that there was no connection. */
export function connectionFailure(
  error: Error,
  client: Redis,
  options: FailureOptions,
): string | undefined {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  const isShakingHands = client.status === 'connecting' && isReached(client.stream);
  if (isShakingHands && NOT_CONNECTED_IN_TIME.includes(message))
    return `no TLS handshake within ${options.connectTimeoutMs} ms: it hangs, or ${NO_TLS}`;
  if (isShakingHands && HUNG_UP.includes(code))
    return `it hung up during the TLS handshake (ECONNRESET); it may be that it ${NO_TLS}`;
  if (client.status === 'connect' && HUNG_UP.includes(code)) return earlyEnd(options);
  return failureReason(error, options.commandTimeoutMs);
}

/** Reports the reason when a server ends a connection before it answered anything; ioredis does not
 * treat that as an error. */
export function onEarlyEnd(
  client: Redis,
  options: FailureOptions,
  report: (reason: string) => void,
): void {
  client.on('connect', () => {
    const { stream } = client;
    stream.once('end', () => {
      // Not if this side ended it.
      if (client.status === 'connect' && stream.writable) report(earlyEnd(options));
    });
  });
}

function earlyEnd({ tls }: FailureOptions): string {
  const guess =
    tls === undefined
      ? 'it may have TLS: then the URL begins with rediss'
      : 'it may require a client certificate, or another than this one (STORE_TLS_CERT, STORE_TLS_KEY)';
  return `it hung up before it answered (ECONNRESET); ${guess}`;
}
